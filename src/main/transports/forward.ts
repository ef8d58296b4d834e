import { createServer, type Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { errorDataOf, StyxError } from '../../shared/error.ts'
import type { Forward, ForwardOptions } from './transport.ts'

/** Who connects while the machine is out of reach waits so long for it. */
const WAIT_MS = 20_000
const AGAIN_MS = 500

/** A connection to a port of the node, both ways. */
export type Way = { readable: Readable; writable: Writable; close(): void }

/**
 * Listens on 127.0.0.1 here, and brings each connection to where `dial` leads. It listens until it is closed or the signal aborts, also
 * while nothing can be reached: who connects then waits for the link, up to 20 s.
 * @throws StyxError `forward.no-port`
 */
export async function listenHere(
  dial: (signal: AbortSignal) => Promise<Way>,
  signal: AbortSignal,
  { wish, tell }: ForwardOptions = {},
): Promise<Forward> {
  signal.throwIfAborted()
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket)
    const gone = new AbortController()
    socket.on('error', () => {}) // it closes then
    socket.once('close', () => {
      sockets.delete(socket)
      gone.abort()
    })
    wayThere(dial, gone.signal).then(
      (way) => {
        tell?.(null)
        if (socket.destroyed) return way.close()
        join(socket, way)
      },
      (error: unknown) => {
        if (!gone.signal.aborted) tell?.(errorDataOf(error, ''))
        socket.destroy()
      },
    )
  })
  await listen(server, wish ?? 0).catch((error: NodeJS.ErrnoException) => {
    if (!wish || (error.code !== 'EADDRINUSE' && error.code !== 'EACCES')) throw noPort(error)
    return listen(server, 0).catch((other: Error) => {
      throw noPort(other)
    })
  })
  const close = () => {
    signal.removeEventListener('abort', close)
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  signal.addEventListener('abort', close, { once: true })
  if (signal.aborted) close()
  const address = server.address()
  return { localPort: typeof address === 'object' && address ? address.port : 0, close }
}

/** Tried again while the link is down, and not where the node itself says no. */
async function wayThere(dial: (signal: AbortSignal) => Promise<Way>, signal: AbortSignal): Promise<Way> {
  const limit = new AbortController()
  const stop = () => limit.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  let last: unknown = null
  const timer = setTimeout(() => limit.abort(last ?? tooLong()), WAIT_MS)
  try {
    for (;;) {
      try {
        return await dial(limit.signal)
      } catch (error) {
        last = error
        limit.signal.throwIfAborted()
        if (!(error instanceof StyxError) || !error.data.retryable || error.data.code === 'ssh.no-way-through') throw error
        await pause(AGAIN_MS, undefined, { signal: limit.signal }).catch(() => limit.signal.throwIfAborted())
      }
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function join(socket: Socket, { readable, writable, close }: Way): void {
  readable.on('error', () => {})
  writable.on('error', () => {})
  readable.once('close', () => socket.end()) // what was read before goes out first
  socket.once('close', close)
  socket.pipe(writable)
  readable.pipe(socket)
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      server.on('error', () => {}) // one connection that could not be taken is none of the others’
      resolve()
    })
  })
}

const noPort = (error: Error) =>
  new StyxError({
    code: 'forward.no-port',
    what: 'No port could be opened on this computer',
    why: error.message,
    suggestion: 'Close programs that hold many ports, then try again.',
    detail: error.message,
  })

const tooLong = () =>
  new StyxError({
    code: 'forward.timeout',
    what: 'The port does not answer',
    why: `The machine did not connect it within ${WAIT_MS / 1000} s.`,
    suggestion: 'Check that the machine can be reached and that the program there listens.',
    retryable: true,
  })
