import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'
import { StyxError } from '../../shared/error.ts'
import { FRAME_MAX_BYTES } from '../../shared/frames.ts'
import { serveBytes } from './byte-channel.ts'
import { createContractServer, type Served } from './contract-server.ts'
import { answerDownload, isDownload, type Streamed } from './downloads.ts'
import { type Page, type Pages, textPage } from './pages.ts'
import { isLoopback, isOurHost, isOurOrigin, linkName, ourNames } from './web-names.ts'
import { signedInPage, signedOutPage, wrongHostPage } from './web-pages.ts'
import { createWebSession } from './web-session.ts'
import { bytesPeer, dropSilent, textPeer } from './web-socket.ts'

export type WebOptions = {
  pages: Pages
  /** 0: any free one. */
  port: number
  /** Take any free port when `port` is taken. */
  elsewhere: boolean
  /** The address to listen on; all but this machine's own needs `tls`. */
  host: string
  /** PEM. */
  tls: { cert: Buffer; key: Buffer } | null
  /** More names that the browser may use for us, e.g. a tunnel's. */
  names: string[]
}

export type WebHost = {
  url: string
  /** A fresh one-time sign-in link. */
  link(): string
  /** Ends every connection. */
  close(): Promise<void>
}

/** The largest call that a client may send; the contract's own inputs are far smaller. */
const CALL_MAX_BYTES = 1024 * 1024

/**
 * Serves the app, the contract (`/rpc`) and the byte channel (`/bytes`) to browsers that were signed in by a link.
 * @throws StyxError `web.tls-needed` | `web.tls` | `web.port-taken` | `web.listen`
 */
export async function serveWeb(served: Served, options: WebOptions): Promise<WebHost> {
  if (!isLoopback(options.host) && !options.tls) throw tlsNeeded(options.host)
  const server = options.tls ? tlsServer(options.tls) : createServer()
  const port = await listen(server, options)
  const names = ourNames(options.host, port, options.names)
  const url = `${options.tls ? 'https' : 'http'}://${linkName(options.host, port, options.names)}`
  const session = createWebSession(port, options.tls !== null)
  const serveContract = createContractServer(served.router)
  const socketOptions = { noServer: true, perMessageDeflate: false }
  const sockets = {
    '/rpc': new WebSocketServer({ ...socketOptions, maxPayload: CALL_MAX_BYTES }),
    '/bytes': new WebSocketServer({ ...socketOptions, maxPayload: FRAME_MAX_BYTES }),
  }
  sockets['/rpc'].on('connection', (socket) => serveContract(textPeer(socket), { host: 'web' }))
  sockets['/bytes'].on('connection', (socket) => serveBytes(bytesPeer(socket), served.openBytes))
  const stopDropping = dropSilent(() => [...sockets['/rpc'].clients, ...sockets['/bytes'].clients])

  function answer(request: IncomingMessage, signal: AbortSignal): Page | Promise<Page | Streamed> {
    if (!isOurHost(request, names)) return wrongHostPage(names)
    if (request.method !== 'GET' && request.method !== 'HEAD') return textPage(405, 'Only GET.')
    const target = parse(request)
    if (!target) return textPage(400, 'Not an address.')
    const signedIn = session.isSignedIn(request)
    if (target.path === '/sign-in') {
      // HEAD is what link checkers send: it must not use up the token.
      const cookie = request.method === 'GET' ? session.redeem(target.query.get('token') ?? '') : null
      if (cookie) return signedInPage(cookie)
      if (!signedIn) return signedOutPage()
      return options.pages('/')
    }
    if (!signedIn) return signedOutPage()
    // Lets the screen tell "signed out" from "not there": a failed WebSocket says neither.
    if (target.path === '/session') return textPage(200, 'Signed in.')
    if (isDownload(target.path)) return answerDownload(served.openDownload, target.path, target.query, signal)
    return options.pages(target.path)
  }

  const onRequest: RequestListener = async (request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    try {
      const { status, headers, body } = await answer(request, gone.signal)
      const length = body instanceof Uint8Array ? { 'content-length': body.byteLength } : {}
      response.writeHead(status, { ...headers, ...length })
      if (request.method === 'HEAD') response.end()
      else if (body instanceof Uint8Array) response.end(body)
      else await pipeline(body, response)
    } catch {
      response.destroy() // a file that broke off must not look whole
    }
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const path = parse(request)?.path
    if (!isOurHost(request, names)) return refuse(socket, '403 Forbidden', 'Not under this name.')
    if (!isOurOrigin(request)) return refuse(socket, '403 Forbidden', 'Not from this page.')
    if (!session.isSignedIn(request)) return refuse(socket, '401 Unauthorized', 'Not signed in.')
    if (path !== '/rpc' && path !== '/bytes') return refuse(socket, '404 Not Found', 'Not found.')
    sockets[path].handleUpgrade(request, socket, head, (client) => sockets[path].emit('connection', client, request))
  }

  server.on('request', onRequest)
  server.on('upgrade', onUpgrade)
  return {
    url,
    link: () => `${url}/sign-in?token=${session.newToken()}`,
    async close() {
      stopDropping()
      for (const client of [...sockets['/rpc'].clients, ...sockets['/bytes'].clients]) {
        client.close(1001, 'Styx was closed.')
        setTimeout(() => client.terminate(), 500).unref() // who does not answer the close
      }
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 500).unref()
      })
    },
  }
}

function tlsServer(tls: { cert: Buffer; key: Buffer }): Server {
  try {
    return createTlsServer(tls)
  } catch (cause) {
    throw new StyxError(
      {
        code: 'web.tls',
        what: 'The certificate and its key cannot be used',
        why: (cause as Error).message,
        suggestion: 'Give them as PEM files that belong together.',
      },
      { cause },
    )
  }
}

async function listen(server: Server, { port, elsewhere, host }: WebOptions): Promise<number> {
  try {
    return await listenOn(server, port, host)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' && elsewhere) return listenOn(server, 0, host)
    if (code === 'EADDRINUSE') throw portTaken(port, error)
    throw notListening(host, port, error)
  }
}

function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function parse(request: IncomingMessage): { path: string; query: URLSearchParams } | null {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  if (!path.startsWith('/')) return null
  try {
    return { path: decodeURIComponent(path), query: new URLSearchParams(query) }
  } catch {
    return null
  }
}

function refuse(socket: Duplex, status: string, text: string) {
  socket.on('error', () => {}) // it may be gone already
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  )
}

const tlsNeeded = (host: string) =>
  new StyxError({
    code: 'web.tls-needed',
    what: `Styx does not serve ${host} without encryption`,
    why: 'Whoever listens on the network could take over every terminal.',
    suggestion:
      'Give --tls-cert FILE and --tls-key FILE (PEM), or leave --host out and tunnel: ssh -L 7433:127.0.0.1:7433 THIS-MACHINE.',
  })

const portTaken = (port: number, cause: unknown) =>
  new StyxError(
    {
      code: 'web.port-taken',
      what: `Port ${port} is taken`,
      why: 'Another program listens there.',
      suggestion: 'Give another --port, or leave it out: then a free one is found.',
    },
    { cause },
  )

const notListening = (host: string, port: number, cause: unknown) =>
  new StyxError(
    {
      code: 'web.listen',
      what: 'The web host cannot listen',
      where: `${host}:${port}`,
      why: (cause as Error).message,
      suggestion: 'Give an address of this machine as --host and a port above 1023.',
    },
    { cause },
  )
