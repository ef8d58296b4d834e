import { eventIterator, oc } from '@orpc/contract'
import { implement, ORPCError } from '@orpc/server'
import * as z from 'zod'
import { errorData, StyxError } from '../../shared/error.ts'
import type { ByteReader } from '../byte-stream.ts'
import type { HostContext } from '../router.ts'
import type { Served } from './contract-server.ts'

// A small engine for the conformance suite: it holds what a host must carry, and tells what it sees of its clients.

const facts = z.object({
  /** Contract streams that run. */
  streams: z.number(),
  /** Byte readers that are open. */
  readers: z.number(),
  /** Bytes taken out of readers since the start. */
  pulled: z.number(),
  host: z.string(),
})

export const conformanceContract = {
  echo: oc.input(z.any()).output(z.any()),
  add: oc.input(z.object({ a: z.number(), b: z.number() })).output(z.number()),
  fail: oc.errors({ STYX: { data: errorData } }).output(z.void()),
  crash: oc.output(z.void()),
  /** 0, 1, 2 … below `to`; with `to` null it then waits for ever. */
  count: oc.input(z.object({ to: z.number(), stay: z.boolean() })).output(eventIterator(z.number())),
  /** Messages as fast as they are taken, for ever. */
  flood: oc.output(eventIterator(z.string())),
  facts: oc.output(facts),
}

/** What `fail` fails with. */
export const failure = {
  code: 'conformance.failed',
  what: 'It failed',
  where: 'here',
  why: 'because of “quotes” and ünïcode',
  suggestion: 'none',
  detail: 'line 1\nline 2',
  retryable: true,
}

/** The byte at an offset of every stream: anybody can tell whether the right bytes came. */
export const byteAt = (offset: number): number => (offset * 7 + (offset >> 8)) & 0xff

export function createConformanceEngine(): Served {
  const seen = { streams: 0, readers: 0, pulled: 0 }
  const os = implement(conformanceContract).$context<HostContext>()
  const router = os.router({
    echo: os.echo.handler(({ input }) => input),
    add: os.add.handler(({ input }) => input.a + input.b),
    fail: os.fail.handler(({ errors }) => {
      throw errors.STYX({ data: failure })
    }),
    crash: os.crash.handler(() => {
      throw new Error('a secret of the engine')
    }),
    count: os.count.handler(async function* ({ input, signal }) {
      seen.streams += 1
      try {
        for (let n = 0; n < input.to; n++) yield n
        if (input.stay) await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
      } finally {
        seen.streams -= 1
      }
    }),
    flood: os.flood.handler(async function* ({ signal }) {
      seen.streams += 1
      try {
        while (!signal?.aborted) {
          seen.pulled += 1000
          yield 'x'.repeat(1000)
        }
      } finally {
        seen.streams -= 1
      }
    }),
    facts: os.facts.handler(({ context }) => ({ ...seen, host: context.host })),
  })
  return {
    router,
    openBytes: async (stream, offset, signal) => openReader(stream, offset, signal, seen),
    openDownload: async (path, query, signal) => openDownload(path, query.get('name') ?? path, signal, seen),
  }
}

/** `bytes/N`: N bytes; `broken`: some, and then an error; `refused`: an error at once. */
async function openDownload(path: string, name: string, signal: AbortSignal, seen: { readers: number }) {
  const [kind, size = 'Infinity'] = path.split('/')
  if (kind === 'refused') throw new StyxError({ code: 'download.refused', what: 'It is refused', why: 'as asked' })
  if (kind !== 'bytes' && kind !== 'broken') return null
  async function* bytes() {
    seen.readers += 1
    try {
      for (let at = 0; at < Number(size) && !signal.aborted; at += 65_536) {
        yield Uint8Array.from({ length: Math.min(65_536, Number(size) - at) }, (_, i) => byteAt(at + i))
        if (kind === 'broken') throw new Error('it broke')
      }
    } finally {
      seen.readers -= 1
    }
  }
  return { name, bytes: bytes() }
}

/** `endless`; `bytes:N`: N bytes; `typed`: gives back what was written; `silent`: never says anything. */
function openReader(
  stream: string,
  offset: number | null,
  signal: AbortSignal,
  seen: { readers: number; pulled: number },
): ByteReader {
  const [kind, size = 'Infinity'] = stream.split(':')
  if (!['endless', 'bytes', 'typed', 'silent'].includes(kind!))
    throw new StyxError({ code: 'stream.unknown', what: 'There is no such stream', why: stream })
  seen.readers += 1
  let at = offset ?? 0
  const typed: Uint8Array[] = []
  let wake = () => {}
  let closed = false
  return {
    offset: at,
    live: at + 10,
    preamble: new TextEncoder().encode(`before ${at}`),
    async next(max) {
      if (kind === 'endless' || kind === 'bytes') {
        const length = Math.min(max, Number(size) - at)
        if (length <= 0) return null
        const bytes = Uint8Array.from({ length }, (_, i) => byteAt(at + i))
        const chunk = { offset: at, bytes }
        at += length
        seen.pulled += length
        return chunk
      }
      while (typed.length === 0 && !signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      const bytes = typed.shift()
      if (!bytes) return null
      const chunk = { offset: at, bytes }
      at += bytes.byteLength
      return chunk
    },
    write(bytes) {
      if (kind !== 'typed') return
      typed.push(bytes.slice())
      wake()
    },
    close() {
      if (closed) throw new ORPCError('CONFLICT', { message: 'closed twice' })
      closed = true
      seen.readers -= 1
    },
  }
}
