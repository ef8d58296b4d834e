import { createORPCClient, type ORPCError } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { DATA_MAX_BYTES, decodeFrame, encodeFrame, type Frame } from '../../shared/frames.ts'
import type { Peer } from '../../shared/peer.ts'
import { CHANNELS_MAX } from './byte-channel.ts'
import { byteAt, type conformanceContract, failure } from './conformance-engine.ts'

// What every host must do, as checks that need nothing of Node: vitest runs them over both hosts, and a page runs them in real Electron.

/** A client's ends of one connection to a host that serves the conformance engine. */
export type ClientEnds = { contract: Peer<string>; bytes: Peer<Uint8Array> }

type Api = ContractRouterClient<typeof conformanceContract>
type Client = { api: Api; bytes: ReturnType<typeof byteClient>; ends: ClientEnds; leave(): void }
type Check = { name: string; run(connect: () => Promise<Client>): Promise<void> }

/** Runs one check, with as many connections as it needs; all are closed behind it. */
export async function runCheck(check: Check, connectEnds: () => Promise<ClientEnds>): Promise<void> {
  const clients: Client[] = []
  try {
    await check.run(async () => {
      const ends = await connectEnds()
      const client = {
        api: apiOver(ends.contract),
        bytes: byteClient(ends.bytes),
        ends,
        leave() {
          ends.contract.close('')
          ends.bytes.close('')
        },
      }
      clients.push(client)
      return client
    })
  } finally {
    for (const client of clients) client.leave()
  }
}

export const checks: Check[] = [
  {
    name: 'calls carry plain data, dates and text in every script',
    async run(connect) {
      const { api } = await connect()
      const value = {
        at: new Date(1_700_000_000_123),
        text: 'naïve 漢字 🚀 \u0000',
        list: [1, null, { deep: [true] }],
        none: undefined,
      }
      same(await api.echo(value), value)
      same(await api.add({ a: 2, b: 3 }), 5)
    },
  },
  {
    name: 'a typed error arrives with all its fields',
    async run(connect) {
      const error = await failureOf((await connect()).api.fail())
      same([error.code, error.data], ['STYX', failure])
    },
  },
  {
    name: 'an error that is not ours arrives without the text of the engine',
    async run(connect) {
      const error = await failureOf((await connect()).api.crash())
      holds(!JSON.stringify([error.message, error.data ?? null]).includes('secret'), error.message)
    },
  },
  {
    name: 'input that is not in the schema is refused, and the connection stays',
    async run(connect) {
      const { api } = await connect()
      same((await failureOf(api.add({ a: 'one' } as never))).code, 'BAD_REQUEST')
      same((await failureOf((api as never as { nothing: Api['crash'] }).nothing())).code, 'NOT_FOUND')
      same(await api.add({ a: 1, b: 1 }), 2)
    },
  },
  {
    name: 'a message that is no message of the contract closes the connection',
    async run(connect) {
      for (const text of ['no json', '[]', '{"i":"1"}', '{"i":"1","t":3,"p":{}}', '{"i":"1","p":{"u":"http://elsewhere/"}}']) {
        const { ends } = await connect()
        const closed = new Promise((resolve) => ends.contract.onClose(resolve))
        void ends.contract.send(text)
        await within('it closes', closed)
      }
    },
  },
  {
    name: 'ten thousand calls, a hundred at a time',
    async run(connect) {
      const { api } = await connect()
      for (let from = 0; from < 10_000; from += 100) {
        const sums = await Promise.all(Array.from({ length: 100 }, (_, i) => api.add({ a: from, b: i })))
        same(
          sums,
          Array.from({ length: 100 }, (_, i) => from + i),
        )
      }
    },
  },
  {
    name: 'a stream arrives in order and ends when the engine ends it',
    async run(connect) {
      const { api } = await connect()
      const seen: number[] = []
      for await (const n of await api.count({ to: 500, stay: false })) seen.push(n)
      same(
        seen,
        Array.from({ length: 500 }, (_, i) => i),
      )
      await settles(api, { streams: 0 })
    },
  },
  {
    name: 'a stream ends on the engine when its client aborts it',
    async run(connect) {
      const { api } = await connect()
      const abort = new AbortController()
      const stream = await api.count({ to: 1, stay: true }, { signal: abort.signal })
      await stream.next()
      await settles(api, { streams: 1 })
      abort.abort()
      await settles(api, { streams: 0 })
    },
  },
  {
    name: 'a stream ends on the engine when its client breaks out of it',
    async run(connect) {
      const { api } = await connect()
      for await (const _ of await api.count({ to: 1, stay: true })) break
      await settles(api, { streams: 0 })
    },
  },
  {
    name: 'streams end on the engine when the client goes',
    async run(connect) {
      const watcher = await connect()
      const client = await connect()
      for (let i = 0; i < 3; i++) await (await client.api.count({ to: 1, stay: true })).next()
      await settles(watcher.api, { streams: 3 })
      client.leave()
      await settles(watcher.api, { streams: 0 })
    },
  },
  {
    name: 'a call that waits when the client goes fails at once, and so does a later one',
    async run(connect) {
      const client = await connect()
      const stream = await client.api.count({ to: 1, stay: true })
      await stream.next()
      const waiting = stream.next()
      client.leave()
      await within('the waiting one fails', failureOf(waiting))
      await within('the later one fails', failureOf(client.api.add({ a: 1, b: 1 })))
    },
  },
  {
    name: 'bytes: first the preamble, then data within the credit and no more',
    async run(connect) {
      const { api, bytes } = await connect()
      const stream = bytes.open('endless', null)
      const first = await stream.next()
      same(
        [first.kind, first.kind === 'preamble' && [first.offset, first.live, text(first.bytes)]],
        ['preamble', [0, 10, 'before 0']],
      )
      stream.credit(150_000)
      same(await readBytes(stream, 150_000, 0), 150_000)
      stream.credit(1)
      same(await readBytes(stream, 1, 150_000), 1)
      await settles(api, { pulled: (pulled) => pulled >= 150_001 })
      const { pulled } = await api.facts()
      await api.echo('a round trip later')
      same((await api.facts()).pulled, pulled)
      same(stream.waiting(), 0)
    },
  },
  {
    name: 'bytes: a reader that stops taking leaves the engine holding nothing',
    async run(connect) {
      const { api, bytes } = await connect()
      const before = (await api.facts()).pulled
      const slow = bytes.open('endless', null)
      slow.credit(64 * 1024)
      const quick = bytes.open('bytes:1000000', null)
      quick.credit(1_000_000)
      await quick.next()
      same(await readBytes(quick, 1_000_000, 0), 1_000_000)
      same((await api.facts()).pulled - before, 1_000_000 + 64 * 1024)
    },
  },
  {
    name: 'bytes: a stream goes on at its offset over a new connection',
    async run(connect) {
      const first = await connect()
      const begin = first.bytes.open('bytes:300000', null)
      await begin.next()
      begin.credit(123_456)
      await readBytes(begin, 123_456, 0)
      first.leave()
      const rest = (await connect()).bytes.open('bytes:300000', 123_456)
      const preamble = await rest.next()
      same(preamble.kind === 'preamble' && preamble.offset, 123_456)
      rest.credit(1_000_000)
      await readBytes(rest, 300_000 - 123_456, 123_456)
      same(await rest.next(), { kind: 'close', channel: rest.channel, reason: '' })
    },
  },
  {
    name: 'bytes: what is typed reaches the stream in order, also before it is open',
    async run(connect) {
      const { bytes } = await connect()
      const stream = bytes.open('typed', null)
      stream.credit(1000)
      for (const part of ['one ', 'two ', 'three']) stream.write(new TextEncoder().encode(part))
      same((await stream.next()).kind, 'preamble')
      let echo = ''
      while (echo.length < 13) {
        const frame = await stream.next()
        if (frame.kind === 'data') echo += text(frame.bytes)
      }
      same(echo, 'one two three')
    },
  },
  {
    name: 'bytes: a stream that is not there closes with the reason, and the others stay',
    async run(connect) {
      const { api, bytes } = await connect()
      const good = bytes.open('bytes:10', null)
      const closed = await bytes.open('no-such', null).next()
      holds(closed.kind === 'close' && closed.reason.includes('no such stream'), JSON.stringify(closed))
      good.credit(10)
      await good.next()
      await readBytes(good, 10, 0)
      good.credit(1) // the end is found by asking for more
      await settles(api, { readers: 0 })
    },
  },
  {
    name: 'bytes: closing a channel closes its reader, also one that waits and one without credit',
    async run(connect) {
      const { api, bytes } = await connect()
      const streams = ['silent', 'endless', 'typed'].map((name) => bytes.open(name, null))
      await Promise.all(streams.map((stream) => stream.next()))
      await settles(api, { readers: 3 })
      streams[0]!.credit(10)
      for (const stream of streams) stream.close()
      await settles(api, { readers: 0 })
    },
  },
  {
    name: 'bytes: readers close when the client goes',
    async run(connect) {
      const watcher = await connect()
      const client = await connect()
      const streams = ['silent', 'endless', 'typed'].map((name) => client.bytes.open(name, null))
      await Promise.all(streams.map((stream) => stream.next()))
      await settles(watcher.api, { readers: 3 })
      client.leave()
      await settles(watcher.api, { readers: 0 })
    },
  },
  {
    name: `bytes: ${CHANNELS_MAX} channels at a time; one more is refused and the rest stay`,
    async run(connect) {
      const { api, bytes } = await connect()
      const streams = Array.from({ length: CHANNELS_MAX }, () => bytes.open('typed', null))
      await Promise.all(streams.map((stream) => stream.next()))
      const refused = await bytes.open('typed', null).next()
      holds(refused.kind === 'close' && refused.reason.includes(String(CHANNELS_MAX)), JSON.stringify(refused))
      await settles(api, { readers: CHANNELS_MAX })
      streams[0]!.close()
      await settles(api, { readers: CHANNELS_MAX - 1 })
      same((await bytes.open('typed', null).next()).kind, 'preamble')
    },
  },
  {
    name: 'bytes: a message that is not a frame closes the connection and every reader',
    async run(connect) {
      const watcher = await connect()
      const misuse = encodeFrame({ kind: 'preamble', channel: 1, offset: 0, live: 0, bytes: new Uint8Array() })
      for (const message of [new Uint8Array(3), new Uint8Array(100).fill(9), misuse]) {
        const { bytes, ends } = await connect()
        const closed = new Promise((resolve) => ends.bytes.onClose(resolve))
        await bytes.open('silent', null).next()
        await settles(watcher.api, { readers: 1 })
        void ends.bytes.send(message as Uint8Array<ArrayBuffer>)
        await within('it closes', closed)
        await settles(watcher.api, { readers: 0 })
      }
    },
  },
  {
    name: 'bytes: no frame carries more than the longest payload',
    async run(connect) {
      const { bytes } = await connect()
      const stream = bytes.open('bytes:500000', null)
      await stream.next()
      stream.credit(500_000)
      for (let left = 500_000; left > 0; ) {
        const frame = await stream.next()
        holds(frame.kind === 'data' && frame.bytes.byteLength <= DATA_MAX_BYTES, frame.kind)
        left -= frame.kind === 'data' ? frame.bytes.byteLength : 0
      }
    },
  },
]

function apiOver(peer: Peer<string>): Api {
  const socket = {
    readyState: 1,
    send: (message: string) => peer.send(message),
    addEventListener(type: string, listener: (event: { data: string }) => void) {
      if (type === 'message') peer.onMessage((data) => listener({ data }))
      if (type === 'close')
        peer.onClose(() => {
          socket.readyState = 3
          listener({ data: '' })
        })
    },
  }
  return createORPCClient(new RPCLink({ websocket: socket as never }))
}

/** Byte channels as queues of frames: what came is only taken when a check asks for it. */
function byteClient(peer: Peer<Uint8Array>) {
  const channels = new Map<number, { frames: Frame[]; wake(): void }>()
  let last = 0
  peer.onMessage((message) => {
    const frame = decodeFrame(message.slice())
    const channel = channels.get(frame.channel)
    channel?.frames.push(frame)
    channel?.wake()
  })
  return {
    open(stream: string, offset: number | null) {
      last += 1
      const id = last
      const channel = { frames: [] as Frame[], wake: () => {} }
      channels.set(id, channel)
      void peer.send(encodeFrame({ kind: 'open', channel: id, offset, stream }))
      return {
        channel: id,
        waiting: () => channel.frames.length,
        credit: (bytes: number) => void peer.send(encodeFrame({ kind: 'credit', channel: id, bytes })),
        write: (bytes: Uint8Array) => void peer.send(encodeFrame({ kind: 'data', channel: id, offset: 0, bytes })),
        close: () => void peer.send(encodeFrame({ kind: 'close', channel: id, reason: '' })),
        async next(): Promise<Frame> {
          const came = () => channel.frames.shift()
          for (let frame = came(); ; frame = came()) {
            if (frame) return frame
            await within(
              `a frame on ${stream}`,
              new Promise<void>((resolve) => {
                channel.wake = resolve
              }),
            )
          }
        },
      }
    },
  }
}

/** Reads `count` bytes that must be those from `offset` on. */
async function readBytes(stream: { next(): Promise<Frame> }, count: number, offset: number): Promise<number> {
  let at = offset
  while (at < offset + count) {
    const frame = await stream.next()
    if (frame.kind !== 'data' || frame.offset !== at)
      throw new Error(`expected data at ${at}, got ${JSON.stringify({ ...frame, bytes: 0 })}`)
    frame.bytes.forEach((byte, i) => {
      if (byte !== byteAt(at + i)) throw new Error(`the byte at ${at + i} is ${byte}`)
    })
    at += frame.bytes.byteLength
  }
  return at - offset
}

type Facts = Awaited<ReturnType<Api['facts']>>
type Wanted = { [Key in keyof Facts]?: Facts[Key] | ((value: Facts[Key]) => boolean) }

/** Waits until the engine sees what is wanted. */
async function settles(api: Api, wanted: Wanted) {
  let facts: Facts | undefined
  const met = () =>
    Object.entries(wanted).every(([key, value]) => {
      const now = facts?.[key as keyof Facts] as never
      return typeof value === 'function' ? (value as (now: unknown) => boolean)(now) : now === value
    })
  const end = Date.now() + 5_000
  while (!met()) {
    if (Date.now() > end) throw new Error(`the engine sees ${JSON.stringify(facts)}`)
    facts = await api.facts()
  }
}

/** What a call fails with; throws when it does not. */
async function failureOf(call: PromiseLike<unknown>): Promise<ORPCError<string, unknown>> {
  try {
    await call
  } catch (error) {
    return error as ORPCError<string, unknown>
  }
  throw new Error('it did not fail')
}

function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within 5 s: ${what}`)), 5_000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function holds(condition: boolean, otherwise: string) {
  if (!condition) throw new Error(otherwise)
}

function same(actual: unknown, expected: unknown) {
  const show = (value: unknown) => JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? [...part] : part))
  if (show(actual) !== show(expected)) throw new Error(`expected ${show(expected)}, got ${show(actual)}`)
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
