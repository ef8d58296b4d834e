import type { ClientLink } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { StyxError } from '../../shared/error.ts'
import type { Peer } from '../../shared/peer.ts'
import { toErrorData } from './error-data.ts'

/** The two faces of an engine that was reached. */
export type Peers = { contract: Peer<string>; bytes: Peer<Uint8Array> }

export type ConnectionState =
  | { is: 'connecting' }
  | { is: 'open' }
  /** `retryAt`: epoch ms. */
  | { is: 'reconnecting'; attempt: number; retryAt: number; why: string }
  /** The engine is there and does not know this browser: a fresh link is needed. */
  | { is: 'signed-out' }

export type Connection = {
  state(): ConnectionState
  onState(listener: () => void): () => void
  /** Calls listener with the peers of the open connection, and of each that opens from now on. */
  onOpen(listener: (peers: Peers) => void): void
  /** Resolves when a connection is open; rejects when the signal aborts. */
  opened(signal: AbortSignal): Promise<void>
  /** Carries calls over whichever connection is open. */
  link: ClientLink<Record<never, never>>
  /** Tries now instead of later; if a connection is open, makes sure that it still answers. */
  wake(): void
  close(): void
}

/** The engine starts in about a second; a call waits so long for a connection before it fails. */
const CALL_WAIT_MS = 5_000
/** A connection that carries no answer for so long is dead, whatever the socket says (a tunnel, a lid that was closed). */
const ANSWER_MS = 10_000
const CHECK_EVERY_MS = 20_000
const CONNECT_MS = 10_000
/** A connection that stayed shorter does not count as a success: the next wait is longer. */
const STABLE_MS = 5_000
const BACKOFF_MS = { first: 300, last: 10_000 }

/** 0.3 s, doubled at each attempt up to 10 s, and up to a quarter less, so that many windows do not come at once. */
export const backoff = (attempt: number): number =>
  Math.min(BACKOFF_MS.first * 2 ** (attempt - 1), BACKOFF_MS.last) * (1 - Math.random() / 4)

/**
 * Keeps a connection to the engine: connects, and again whenever it is lost.
 * @param connect rejects with code `connection.signed-out` when the engine does not know us.
 */
export function createConnection(connect: (signal: AbortSignal) => Promise<Peers>): Connection {
  const ended = new AbortController()
  const stateListeners = new Set<() => void>()
  const openListeners = new Set<(peers: Peers) => void>()
  let state: ConnectionState = { is: 'connecting' }
  let open: { link: ClientLink<Record<never, never>>; peers: Peers; drop(why: string): void } | null = null
  let endWait = () => {}

  const set = (next: ConnectionState) => {
    state = next
    for (const listener of [...stateListeners]) listener()
  }

  async function run() {
    let attempt = 0
    while (!ended.signal.aborted) {
      let why: string
      try {
        const peers = await connect(AbortSignal.any([ended.signal, AbortSignal.timeout(CONNECT_MS)]))
        const since = Date.now()
        why = await stayOpen(peers)
        if (Date.now() - since > STABLE_MS) attempt = 0
      } catch (error) {
        const data = toErrorData(error)
        if (data.code === 'connection.signed-out') {
          set({ is: 'signed-out' })
          await wait(null)
          continue
        }
        why = data.why || data.what
      }
      if (ended.signal.aborted) return
      attempt += 1
      const wait_ms = backoff(attempt)
      set({ is: 'reconnecting', attempt, retryAt: Date.now() + wait_ms, why })
      await wait(wait_ms)
    }
  }

  /** Resolves with the reason once the connection is over. */
  function stayOpen(peers: Peers): Promise<string> {
    return new Promise((resolve) => {
      const check = setInterval(() => void probe(), CHECK_EVERY_MS)
      const drop = (why: string) => {
        if (open?.drop !== drop) return
        clearInterval(check)
        open = null
        peers.contract.close('')
        peers.bytes.close('')
        resolve(why)
      }
      open = { link: contractLink(peers.contract), peers, drop }
      peers.contract.onClose((reason) => drop(reason || 'The connection to the engine was lost.'))
      peers.bytes.onClose((reason) => drop(reason || 'The connection to the engine was lost.'))
      set({ is: 'open' })
      for (const listener of openListeners) listener(peers)
    })
  }

  /** Drops the open connection if nothing answers any more. */
  async function probe() {
    const probed = open
    if (!probed) return
    const timeout = AbortSignal.timeout(ANSWER_MS)
    await probed.link.call(['app', 'info'], undefined, { signal: timeout, context: {} }).catch(() => {
      if (timeout.aborted) probed.drop('The engine does not answer.')
    })
  }

  function wait(wait_ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = wait_ms === null ? undefined : setTimeout(resolve, wait_ms)
      endWait = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  function opened(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!open && !signal.aborted) return
        stateListeners.delete(check)
        signal.removeEventListener('abort', check)
        if (signal.aborted) reject(signal.reason)
        else resolve()
      }
      stateListeners.add(check)
      signal.addEventListener('abort', check)
      check()
    })
  }

  const link: Connection['link'] = {
    async call(path, input, options) {
      if (state.is === 'signed-out') throw signedOut()
      if (!open) {
        const signals = [AbortSignal.timeout(CALL_WAIT_MS), ended.signal, ...(options.signal ? [options.signal] : [])]
        await opened(AbortSignal.any(signals)).catch(() => {})
        options.signal?.throwIfAborted()
      }
      const used = open
      if (!used) throw lost()
      try {
        return await used.link.call(path, input, options)
      } catch (error) {
        options.signal?.throwIfAborted()
        if (open !== used) throw lost(error)
        throw new StyxError(toErrorData(error), { cause: error })
      }
    },
  }

  void run()
  return {
    state: () => state,
    onState(listener) {
      stateListeners.add(listener)
      return () => stateListeners.delete(listener)
    },
    onOpen(listener) {
      openListeners.add(listener)
      if (open) listener(open.peers)
    },
    opened,
    link,
    wake() {
      if (open) void probe()
      else endWait()
    },
    close() {
      ended.abort()
      endWait()
      open?.drop('')
    },
  }
}

/** oRPC's link for WebSockets over any peer. It is told when the peer has closed, so that a later call fails instead of hanging. */
function contractLink(peer: Peer<string>): ClientLink<Record<never, never>> {
  const socket = {
    readyState: WebSocket.OPEN as number,
    send: (text: string) => peer.send(text),
    addEventListener(type: string, listener: (event: { data: string }) => void) {
      if (type === 'message') peer.onMessage((text) => listener({ data: text }))
      if (type === 'close')
        peer.onClose(() => {
          socket.readyState = WebSocket.CLOSED
          // A moment later: what waits for an answer then fails when the connection is known to be lost, and is told so.
          setTimeout(listener, 0, { data: '' })
        })
    },
  }
  return new RPCLink({ websocket: socket as unknown as WebSocket })
}

/** What `connect` rejects with when the engine is there and wants a fresh sign-in. */
export const signedOut = () =>
  new StyxError({
    code: 'connection.signed-out',
    what: 'This browser is not signed in',
    why: 'Styx was started anew.',
    suggestion: 'Open the link that it printed, or run `npm run serve` for a fresh one.',
  })

const lost = (cause?: unknown) =>
  new StyxError(
    {
      code: 'connection.lost',
      what: 'The engine could not be reached',
      why: 'The connection was lost. Whether the call was carried out is not known.',
      suggestion: 'It reconnects by itself; look at the state, then try again.',
      retryable: true,
    },
    { cause },
  )
