import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Dashboard, openDashboard } from './dashboard.ts'

// A server that asks for the token as Ray does; what a browser does is done by hand.

const TOKEN = 'f'.repeat(64)
let ray: Server
let dashboard: Dashboard

beforeEach(async () => {
  ray = createServer((asked, response) => {
    const isIn = asked.headers.authorization === `Bearer ${TOKEN}`
    response.writeHead(isIn ? 200 : 401, { 'Set-Cookie': 'ray-authentication-token=secret' }).end(`${asked.method} ${asked.url}`)
  })
  ray.on('upgrade', (asked, socket) => {
    const isIn = asked.headers.authorization === `Bearer ${TOKEN}`
    socket.end(
      isIn ? 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello' : 'HTTP/1.1 401 No\r\n\r\n',
    )
  })
  await new Promise<void>((resolve) => ray.listen(0, '127.0.0.1', resolve))
  dashboard = await openDashboard((ray.address() as AddressInfo).port, TOKEN)
})
afterEach(() => {
  dashboard.close()
  ray.close()
})

type Answer = { status: number; text: string; headers: Record<string, unknown> }
function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { host, port, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    const call = request(
      { host: '127.0.0.1', port, path: pathname + search, method, headers: { host, ...headers } },
      (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += chunk))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }))
      },
    )
    call.on('upgrade', (answer, socket) => {
      socket.destroy()
      resolve({ status: answer.statusCode ?? 0, text: '', headers: answer.headers })
    })
    call.on('error', reject)
    call.end()
  })
}
const cookieOf = ({ headers }: Answer): string => String(headers['set-cookie']).split(';')[0] as string

test('a link lets its browser in, once; the token stays here', async () => {
  const link = dashboard.link()
  const { origin } = new URL(link)
  expect(link).not.toContain(TOKEN)
  const first = await ask(link)
  expect(first).toMatchObject({ status: 303, headers: { location: '/' } })
  expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Lax/)
  const cookie = cookieOf(first)
  expect(await ask(`${origin}/api/nodes?view=summary`, { cookie })).toMatchObject({
    status: 200,
    text: 'GET /api/nodes?view=summary',
  })
  expect((await ask(`${origin}/`, { cookie })).headers['set-cookie']).toBeUndefined()
  expect((await ask(link)).status).toBe(403)
})

test('nobody else is let in: no cookie, another name, a page of somebody else', async () => {
  const { origin, port } = new URL(dashboard.link())
  const cookie = cookieOf(await ask(dashboard.link()))
  expect((await ask(`${origin}/api/jobs/`)).status).toBe(403)
  expect((await ask(`${origin}/api/jobs/`, { cookie: `${cookie}0` })).status).toBe(403)
  expect((await ask(`${origin}/`, { cookie, host: `127.0.0.1:${port}` })).status).toBe(403)
  expect((await ask(`${origin}/`, { cookie, host: `evil.example:${port}` })).status).toBe(403)
  expect((await ask(`${origin}/api/jobs/`, { cookie, origin: 'http://evil.example' }, 'POST')).status).toBe(403)
  expect((await ask(`${origin}/api/jobs/`, { cookie, origin }, 'POST')).status).toBe(200)
})

test('a socket is upgraded with the token, and refused without the cookie', async () => {
  const { origin } = new URL(dashboard.link())
  const cookie = cookieOf(await ask(dashboard.link()))
  const upgrade = { connection: 'Upgrade', upgrade: 'x' }
  expect((await ask(`${origin}/logs`, { ...upgrade, cookie })).status).toBe(101)
  expect((await ask(`${origin}/logs`, upgrade)).status).toBe(403)
})

test('a dashboard that is gone is said so', async () => {
  const { origin } = new URL(dashboard.link())
  const cookie = cookieOf(await ask(dashboard.link()))
  await new Promise((resolve) => ray.close(resolve))
  const answer = await ask(`${origin}/`, { cookie })
  expect(answer.status).toBe(502)
  expect(answer.text).toContain('does not answer')
})
