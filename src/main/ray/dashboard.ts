import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** A key in a link is good once, for so long. */
const KEY_MS = 60_000

export type Dashboard = {
  /** An address that opens it in a browser of whoever has the link, once. */
  link(): string
  close(): void
}

/**
 * Ray's dashboard for the browsers of one user. Ray wants its token with every request, and a browser could only keep it where other
 * programs find it; so it stays here. What listens, on 127.0.0.1, asks for a cookie that only a link of ours brings, and adds the token.
 * Other users of this computer get nothing, and no history has anything that is good a second time.
 * @param port of the forward to the dashboard, on 127.0.0.1
 */
export async function openDashboard(port: number, token: string): Promise<Dashboard> {
  // A name of its own, which browsers take for this computer: cookies are shared by all ports of a name.
  const name = `ray-${randomBytes(4).toString('hex')}.localhost`
  const cookie = randomBytes(32).toString('hex')
  const keys = new Map<string, number>()
  let host = name

  const isOurs = (request: IncomingMessage): boolean =>
    request.headers.host === host &&
    (request.headers.origin === undefined || request.headers.origin === `http://${host}`) &&
    (request.headers.cookie ?? '').split('; ').some((one) => isSame(one, `styx=${cookie}`))

  const server = createServer((request, response) => {
    const key = /^\/\?key=([0-9a-f]{64})$/.exec(request.url ?? '')?.[1]
    if (key && request.headers.host === host && takeKey(keys, key))
      return void response
        .writeHead(303, {
          'Set-Cookie': `styx=${cookie}; HttpOnly; SameSite=Lax; Path=/`,
          Location: '/',
          'Cache-Control': 'no-store',
        })
        .end()
    if (!isOurs(request)) return refuse(response)
    const upstream = httpRequest(
      { host: '127.0.0.1', port, method: request.method, path: request.url, headers: headersOf(request, port, token) },
      (answer) => {
        const { 'set-cookie': _, ...headers } = answer.headers
        response.writeHead(answer.statusCode ?? 502, headers)
        answer.pipe(response)
      },
    )
    upstream.on('error', (error) => {
      if (response.headersSent) return void response.destroy()
      response
        .writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8' })
        .end(`Ray’s dashboard does not answer: ${error.message}\n`)
    })
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
  })
  server.on('upgrade', (request, socket: Duplex, head) => {
    if (!isOurs(request)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const upstream = connect(port, '127.0.0.1', () => {
      const headers = { ...headersOf(request, port, token), connection: 'Upgrade', upgrade: request.headers.upgrade }
      const lines = Object.entries(headers).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${String(value)}`]))
      upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
    socket.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  host = `${name}:${typeof address === 'object' ? address?.port : ''}`

  return {
    link: () => {
      const key = randomBytes(32).toString('hex')
      keys.set(key, Date.now() + KEY_MS)
      return `http://${host}/?key=${key}`
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function takeKey(keys: Map<string, number>, key: string): boolean {
  for (const [one, until] of keys) if (until < Date.now()) keys.delete(one)
  return keys.delete(key)
}

function headersOf(request: IncomingMessage, port: number, token: string) {
  const { cookie: _, authorization: __, origin: ___, referer: ____, ...headers } = request.headers
  return { ...headers, host: `127.0.0.1:${port}`, authorization: `Bearer ${token}` }
}

const refuse = (response: ServerResponse): void =>
  void response
    .writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8' })
    .end('This is the dashboard of a Ray cluster in Styx. Open it there: its button brings what is needed to be let in.\n')

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
