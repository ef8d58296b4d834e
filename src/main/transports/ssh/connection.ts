import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientCallback, ClientChannel, PseudoTtyOptions } from 'ssh2'
import { errorDataOf, StyxError } from '../../../shared/error.ts'
import { type SshHost, sshName } from '../../../shared/node.ts'
import type { Link } from '../transport.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { type Carried, carriedBy } from './channel.ts'
import type { Connected } from './connect.ts'
import { noChannel, noWayThrough, socketError } from './errors.ts'

/** Nothing heard for so long although pings are out: the screen says so. */
const SILENT_MS = 8_000
const LOOK_MS = 1_000
/** Who woke it waits no longer than this for a sign of life. */
const SIGN_MS = 5_000
/** Nobody uses it for so long: it is closed. */
const IDLE_MS = 5 * 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** A session that finds no room waits so long for another one's end. */
const ROOM_MS = 60_000
/** A host frees the room of a session a moment after it said that it ended. */
const FREED_MS = 100
/** More than ending a process ever takes on a link that still answers. */
const AT_ONCE_MS = 15_000

/** The one connection to a host: made when it is needed, kept, and made anew. */
export type Connection = {
  /** A channel that runs a command. Waits for room where the host allows no more at once. */
  exec(command: string, pty: PseudoTtyOptions | null, signal: AbortSignal): Promise<Carried>
  /** For what must not wait behind what runs (a signal to it): where there is no room, over a connection of its own. */
  runAtOnce(command: string): Promise<void>
  /** A way through this host to a port that it can reach. */
  dial(host: string, port: number, signal: AbortSignal): Promise<Duplex>
  watch(tell: (link: Link) => void, signal: AbortSignal): void
  /** @param byUser also where it waits for the user */
  wake(byUser: boolean): void
  close(): void
}

type Live = Connected & { heardAt: number; signBy: number | null; lost: Promise<void> }

export function createConnection(host: SshHost, connect: (signal: AbortSignal) => Promise<Connected>): Connection {
  const closing = new AbortController()
  const watchers = new Set<(link: Link) => void>()
  let link: Link = { is: 'idle' }
  let live: Live | null = null
  let trying: { made: Promise<Live>; abort: AbortController; waiters: number } | null = null
  let failures = 0
  let again: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined
  let used = 0
  /** Those who wait for room, first come first served. */
  const queue: (() => void)[] = []

  const say = (next: Link) => {
    link = next
    for (const tell of watchers) tell(next)
  }

  function tryNow(): NonNullable<typeof trying> {
    if (trying) return trying
    clearTimeout(again)
    const abort = new AbortController()
    const one = { made: connect(abort.signal).then((made) => began(made, abort.signal)), abort, waiters: 0 }
    trying = one
    say({ is: 'connecting' })
    one.made.then(
      () => {},
      (error: unknown) => {
        if (trying !== one) return // nobody waited for it any longer
        trying = null
        failed(error)
      },
    )
    return one
  }

  function began(connected: Connected, { aborted }: AbortSignal): Live {
    const { client, under } = connected
    if (aborted || closing.signal.aborted) {
      client.destroy()
      throw closed()
    }
    const lost = new Promise<void>((resolve) => client.once('close', () => resolve()))
    const one: Live = { ...connected, heardAt: Date.now(), signBy: null, lost }
    live = one
    trying = null
    failures = 0
    say({ is: 'open', system: null })
    let why: Error | null = null
    client.on('error', (error) => {
      why ??= error
    })
    under.on('data', () => {
      one.heardAt = Date.now()
      one.signBy = null
      if (link.is === 'silent') say({ is: 'open', system: null })
    })
    const look = setInterval(() => {
      const now = Date.now()
      if (one.signBy !== null && now > one.signBy) under.destroy()
      else if (link.is === 'open' && now - one.heardAt > SILENT_MS) say({ is: 'silent', since: one.heardAt })
    }, LOOK_MS)
    client.once('close', () => {
      clearInterval(look)
      live = null
      used = 0
      for (const go of queue.splice(0)) go()
      if (closing.signal.aborted) return
      if (why === null && link.is === 'idle') return // nobody needed it
      failed(socketError(host, why ?? new Error('The machine hung up.')))
    })
    settle()
    return one
  }

  function failed(error: unknown): void {
    if (closing.signal.aborted) return
    const known = error instanceof StyxError
    const data = errorDataOf(error, sshName(host))
    if (known && !data.retryable) {
      say({ is: 'needs-you', error: data })
      return
    }
    say({ is: 'lost', error: data })
    if (watchers.size === 0) return
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++) * (0.8 + Math.random() * 0.4)
    clearTimeout(again)
    again = setTimeout(tryNow, pause)
  }

  /** Waits for the connection, and gives up the attempt where nobody else waits for it. */
  async function connected(signal: AbortSignal): Promise<Live> {
    signal.throwIfAborted()
    if (closing.signal.aborted) throw closed()
    if (live) return live
    if (link.is === 'needs-you' && !trying) throw new StyxError(link.error)
    const one = tryNow()
    one.waiters++
    try {
      return await unlessAborted(one.made, signal)
    } finally {
      one.waiters--
      dropUnwanted()
    }
  }

  function dropUnwanted(): void {
    if (!trying || trying.waiters > 0 || watchers.size > 0) return
    const { abort } = trying
    trying = null
    abort.abort()
    say({ is: 'idle' })
  }

  /** Counts what uses the connection, and closes it when nothing did for a while. */
  function settle(): void {
    clearTimeout(idle)
    if (!live || used > 0 || watchers.size > 0) return
    const { client } = live
    idle = setTimeout(() => {
      link = { is: 'idle' }
      client.end()
    }, IDLE_MS)
    idle.unref()
  }

  function take<T extends { once(event: 'close', f: () => void): unknown }>(channel: T, from: Connected): T {
    used++
    settle()
    channel.once('close', () => {
      if (live?.client !== from.client) return
      used--
      setTimeout(() => queue.shift()?.(), FREED_MS)
      settle()
    })
    return channel
  }

  const open = (from: Live, command: string, pty: PseudoTtyOptions | null) =>
    execOn(from.client, command, pty, (channel) => ({
      channel: take(channel, from),
      carried: carriedBy(host, channel, from.lost),
    }))

  function room(signal: AbortSignal, first: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        const at = queue.indexOf(go)
        if (at >= 0) queue.splice(at, 1)
        reject(signal.reason)
      }
      if (first) queue.unshift(go)
      else queue.push(go)
      signal.addEventListener('abort', leave, { once: true })
      if (signal.aborted) leave()
    })
  }

  return {
    exec: async (command, pty, signal) => {
      const since = Date.now()
      let limit: AbortSignal | null = null
      for (let time = 0; ; time++) {
        const from = await connected(signal)
        try {
          if (queue.length > 0 && time === 0) throw new Error('others wait already')
          const { carried } = await open(from, command, pty)
          if (!signal.aborted) return carried
          carried.close()
        } catch (error) {
          signal.throwIfAborted()
          if (!(error instanceof Error)) throw error
          if (live?.client !== from.client) {
            if (time > 2) throw socketError(host, error)
            continue // it was lost meanwhile: once more over the next one
          }
          const waited_s = Math.round((Date.now() - since) / 1000)
          // With nothing else open there is nothing to wait for, but the moment in which a host frees what just ended.
          if (used === 0 && time > 10) throw noChannel(host, error, 0)
          limit ??= AbortSignal.timeout(ROOM_MS)
          if (limit.aborted) throw noChannel(host, error, waited_s)
          if (used === 0) await sleep(FREED_MS, undefined, { signal }).catch(() => {})
          else
            await eitherAbort(signal, limit, (either) => room(either, time > 0)).catch((reason: unknown) => {
              signal.throwIfAborted()
              throw limit?.aborted ? noChannel(host, error, ROOM_MS / 1000) : reason
            })
        }
        signal.throwIfAborted()
      }
    },
    runAtOnce: async (command) => {
      if (!live) return // what ran over it is out of reach
      const inTime = AbortSignal.timeout(AT_ONCE_MS)
      const { channel } = await open(live, command, null).catch(async () => {
        const { client } = await connect(inTime)
        client.on('error', () => {})
        inTime.addEventListener('abort', () => client.destroy(), { once: true })
        return execOn(client, command, null, (channel) => ({ channel: channel.once('close', () => client.end()) }))
      })
      channel.on('error', () => {})
      channel.stderr.resume()
      await new Promise<void>((resolve) => {
        channel.once('close', () => resolve()).resume()
        inTime.addEventListener('abort', () => resolve(), { once: true })
      })
    },
    dial: async (target, port, signal) => {
      const from = await connected(signal)
      const forward = (done: ClientCallback) => from.client.forwardOut('127.0.0.1', 0, target, port, done)
      const opened = channelOf(forward, (channel) => {
        if (signal.aborted) channel.close()
        return take(channel, from)
      }).catch((error: Error) => {
        // The host's own answer has a reason; without one it was lost meanwhile.
        throw 'reason' in error ? noWayThrough(sshName(host), `${target}:${port}`, error.message) : socketError(host, error)
      })
      return unlessAborted(opened, signal)
    },
    watch: (tell, signal) => {
      if (signal.aborted) return
      const one = (next: Link) => tell(next) // a watcher may be there twice
      watchers.add(one)
      clearTimeout(idle)
      tell(link)
      if (!live && !trying && link.is !== 'needs-you') tryNow()
      signal.addEventListener(
        'abort',
        () => {
          watchers.delete(one)
          if (watchers.size > 0) return
          clearTimeout(again)
          dropUnwanted()
          settle()
        },
        { once: true },
      )
    },
    wake: (byUser) => {
      failures = 0
      if (live) live.signBy = Date.now() + SIGN_MS
      else if (link.is === 'needs-you') {
        if (!byUser) return
        say({ is: 'idle' })
        if (watchers.size > 0) tryNow()
      } else if (watchers.size > 0) tryNow()
    },
    close: () => {
      closing.abort(closed())
      clearTimeout(again)
      clearTimeout(idle)
      trying?.abort.abort(closed())
      live?.client.end()
      // A host that is gone does not answer the good-bye.
      const under = live?.under
      setTimeout(() => under?.destroy(), 1_000).unref()
      watchers.clear()
    },
  }
}

const execOn = <T>(client: Client, command: string, pty: PseudoTtyOptions | null, taken: (channel: ClientChannel) => T) =>
  channelOf((done) => client.exec(command, pty ? { pty } : {}, done), taken)

/**
 * `taken`: what is made of the channel, at once. Its answer, all it says and its exit may come in one packet, whose events are over before a
 * promise goes on: who listened only then would not hear the exit.
 */
function channelOf<T>(open: (done: ClientCallback) => unknown, taken: (channel: ClientChannel) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      open((error, channel) => (error ? reject(error) : resolve(taken(channel))))
    } catch (error) {
      reject(error) // it ended just now
    }
  })
}

const closed = () =>
  new StyxError({ code: 'ssh.closed', what: 'The connection is closed', suggestion: 'Start Styx again.', retryable: true })

/** Like AbortSignal.any, which leaks on signals that live long. */
async function eitherAbort<T>(one: AbortSignal, other: AbortSignal, work: (either: AbortSignal) => Promise<T>): Promise<T> {
  const either = new AbortController()
  const abort = () => either.abort(one.aborted ? one.reason : other.reason)
  for (const signal of [one, other]) signal.addEventListener('abort', abort, { once: true })
  try {
    return await work(either.signal)
  } finally {
    for (const signal of [one, other]) signal.removeEventListener('abort', abort)
  }
}
