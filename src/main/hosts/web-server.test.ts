import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { checks, runCheck } from './conformance.ts'
import { createConformanceEngine } from './conformance-engine.ts'
import { loadPages, type Pages } from './pages.ts'
import { serveWeb, type WebHost, type WebOptions } from './web-server.ts'
import { bytesPeer, textPeer } from './web-socket.ts'

// Of localhost, made for this test and trusted by nobody.
const tls = {
  cert: Buffer.from(
    [
      '-----BEGIN CERTIFICATE-----',
      'MIIBgDCCASWgAwIBAgIUIsTDnvO+CZa4VmrCQydh194UVegwCgYIKoZIzj0EAwIw',
      'FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDIzMzI0MloYDzIxMjYxMDMx',
      'MjMzMjQyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO',
      'PQMBBwNCAARQYEtjZFzb7Q190AwGMu/SsXbZvgQyF1swo989qgDVuMG2kdyMhqBf',
      'CYsotWdfMTYN2TJIMl/A6H58wYifhmKbo1MwUTAdBgNVHQ4EFgQU+SL526cHpZgr',
      'f0HLzJSUFspk16wwHwYDVR0jBBgwFoAU+SL526cHpZgrf0HLzJSUFspk16wwDwYD',
      'VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA8CU8RMXFiGJjmicTXsI/',
      'P47K92UELFjJSm9Ub8YzJswCIQDNf/6VF3Maw11VGq6+q+mehvdAQHPnPr34QFjg',
      'F8gWcA==',
      '-----END CERTIFICATE-----',
    ].join('\n'),
  ),
  key: Buffer.from(
    [
      '-----BEGIN PRIVATE KEY-----',
      'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsGfSWTPeeJhtoWyh',
      'jS8T6Hxc7PfWmW5XSyVDmxMyi5ehRANCAARQYEtjZFzb7Q190AwGMu/SsXbZvgQy',
      'F1swo989qgDVuMG2kdyMhqBfCYsotWdfMTYN2TJIMl/A6H58wYifhmKb',
      '-----END PRIVATE KEY-----',
    ].join('\n'),
  ),
}

let folder: string
let pages: Pages
let web: WebHost
let cookie: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'styx-pages-'))
  await mkdir(join(folder, 'app/assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), 'outside')
  await writeFile(join(folder, 'app/index.html'), '<script nonce="__CSP_NONCE__" src="/assets/a-1.js"></script>')
  await writeFile(join(folder, 'app/assets/a-1.js'), 'app()')
  pages = await loadPages(join(folder, 'app'))
  web = await serve()
  cookie = await signIn(web)
})

afterAll(async () => {
  await web.close()
  await rm(folder, { recursive: true })
})

const serve = (options: Partial<WebOptions> = {}) =>
  serveWeb(createConformanceEngine(), { pages, port: 0, elsewhere: false, host: '127.0.0.1', tls: null, names: [], ...options })

async function signIn(host: WebHost): Promise<string> {
  const answer = await fetch(host.link())
  expect(answer.status).toBe(200)
  return answer.headers.get('set-cookie')!.split(';')[0]!
}

const read = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${web.url}${path}`, { headers: { cookie, ...headers }, redirect: 'manual' })

/** Opens a WebSocket as a browser would, with whatever is to be wrong about it. */
async function openSocket(path: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(`${web.url.replace('http', 'ws')}${path}`, { headers: { cookie, origin: web.url, ...headers } })
  await once(socket, 'open')
  return socket
}

/** The status that refuses a WebSocket. */
async function refusal(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return openSocket(path, headers).then(
    (socket) => {
      socket.terminate()
      return 101
    },
    (error: Error) => Number(/response: (\d+)/.exec(error.message)?.[1]),
  )
}

/** An answer to a request as it stands, which no client library has tidied up. */
async function raw(request: string): Promise<string> {
  const socket = connectTcp(Number(new URL(web.url).port), '127.0.0.1')
  socket.end(request)
  let text = ''
  for await (const part of socket.setEncoding('utf8')) text += part
  return text
}

const connect = async () => {
  const [contract, bytes] = await Promise.all([openSocket('/rpc'), openSocket('/bytes')])
  return { contract: textPeer(contract), bytes: bytesPeer(bytes) }
}

describe('conformance over WebSockets', () => {
  for (const check of checks) test(check.name, () => runCheck(check, connect))
})

test('a stream to a client that does not read is held back, and no memory fills', async () => {
  const pull = async (socket: WebSocket) => {
    const answered = once(socket, 'message')
    socket.send(JSON.stringify({ i: String(Math.random()), p: { u: '/facts', b: {} } }))
    return JSON.parse(String((await answered)[0])).p.b.json.pulled as number
  }
  const [slow, watcher] = await Promise.all([openSocket('/rpc'), openSocket('/rpc')])
  const before = await pull(watcher)
  slow.pause()
  slow.send(JSON.stringify({ i: '1', p: { u: '/flood', b: {} } }))
  let [last, pulled] = [-1, before]
  while (pulled === before || pulled !== last) {
    last = pulled
    await sleep(200)
    pulled = await pull(watcher)
  }
  expect(pulled - before).toBeLessThan(30_000_000) // what the kernel's buffers take
  slow.terminate()
  watcher.terminate()
})

describe('signing in', () => {
  test('a link answers with a page of its own and a cookie that no script and no other site can use', async () => {
    const answer = await fetch(web.link())
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('http-equiv="refresh" content="0;url=/"')
    const port = new URL(web.url).port
    expect(answer.headers.get('set-cookie')).toMatch(new RegExp(`^styx-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`))
  })

  test('a link works once', async () => {
    const link = web.link()
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(401) // a link checker does not use it up
    expect((await fetch(link)).status).toBe(200)
    const again = await fetch(link)
    expect(again.status).toBe(401)
    expect(await again.text()).toContain('npm run serve')
  })

  test('without a cookie, or with one of another start, there is a page that says how to get in, and nothing else', async () => {
    for (const header of ['', 'styx-1=x', `${cookie}x`, cookie.replace('styx-', 'other-')])
      for (const path of ['/', '/clusters/1', '/assets/a-1.js', '/session', '/nothing.js']) {
        const answer = await read(path, { cookie: header })
        expect([path, answer.status]).toEqual([path, 401])
        expect(await answer.text()).toContain('npm run serve')
      }
  })

  test('a token that was never given out signs nobody in', async () => {
    for (const query of ['', '?token=', '?token=guess', '?token=a&token=b'])
      expect((await fetch(`${web.url}/sign-in${query}`)).status).toBe(401)
  })
})

describe('who may speak to it', () => {
  test.each(['/rpc', '/bytes'])('%s: no cookie, a foreign Origin and a foreign Host are refused', async (path) => {
    expect(await refusal(path, {})).toBe(101)
    expect(await refusal(path, { cookie: '' })).toBe(401)
    expect(await refusal(path, { cookie: 'styx-7433=guess' })).toBe(401)
    for (const origin of [
      'https://evil.example',
      'null',
      web.url.replace(/\d+$/, '1'),
      web.url.replace('127.0.0.1', 'localhost'),
    ])
      expect([origin, await refusal(path, { origin })]).toEqual([origin, 403])
    expect(await refusal(path, { host: 'evil.example', origin: 'http://evil.example' })).toBe(403)
  })

  test('a WebSocket without any Origin is refused', async () => {
    const socket = new WebSocket(`${web.url.replace('http', 'ws')}/rpc`, { headers: { cookie } })
    await expect(once(socket, 'open')).rejects.toThrow('403')
  })

  test('a WebSocket elsewhere is refused', async () => {
    expect(await refusal('/', {})).toBe(404)
    expect(await refusal('/rpc/../bytes%00', {})).toBe(404)
  })

  test('a page under a foreign name is refused, also with the cookie (DNS rebinding)', async () => {
    const { port } = new URL(web.url)
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1:1', `127.0.0.1.evil.example:${port}`, '']) {
      const answer = await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`)
      expect([host, answer.split('\r\n')[0]]).toEqual([host, 'HTTP/1.1 403 Forbidden'])
    }
    expect(await raw(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`)).toContain(
      '200 OK',
    )
  })

  test('a name that the user told is served', async () => {
    const named = await serve({ names: ['styx.example', 'tunnel.example:8000'] })
    const { port } = new URL(named.url)
    for (const [host, status] of [
      [`styx.example:${port}`, '401'],
      ['tunnel.example:8000', '401'],
      ['tunnel.example:9000', '403'],
    ]) {
      const socket = connectTcp(Number(port), '127.0.0.1')
      socket.end(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      const [answer] = await once(socket, 'data')
      expect([host, String(answer).slice(9, 12)]).toEqual([host, status])
    }
    await named.close()
  })

  test('a call longer than the largest allowed one closes the connection', async () => {
    const socket = await openSocket('/rpc')
    socket.send('x'.repeat(2_000_000))
    expect((await once(socket, 'close'))[0]).toBe(1009)
  })

  test('text where bytes belong, and bytes where text belongs, close the connection', async () => {
    for (const [path, message] of [
      ['/bytes', 'text'],
      ['/rpc', Buffer.from('bytes')],
    ] as const) {
      const socket = await openSocket(path)
      socket.send(message)
      expect((await once(socket, 'close'))[0]).toBe(1003)
    }
  })
})

describe('pages', () => {
  test('every path of the app gets the same page under a nonce that is new each time', async () => {
    const nonces = new Set<string>()
    for (const path of ['/', '/index.html', '/clusters/abc', '/clusters/abc/nodes?tab=1']) {
      const answer = await read(path)
      const nonce = /nonce="([^"]+)"/.exec(await answer.text())![1]!
      expect(answer.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(4)
  })

  test('assets have their type and stay in the cache', async () => {
    const answer = await read('/assets/a-1.js')
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'app()',
    ])
    expect(answer.headers.get('cache-control')).toContain('immutable')
  })

  test('every answer carries the headers that keep others out', async () => {
    for (const [path, headers] of [
      ['/', {}],
      ['/assets/a-1.js', {}],
      ['/missing.js', {}],
      ['/', { cookie: '' }],
    ] as const) {
      const { headers: got } = await read(path, headers)
      expect(got.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/)
      expect(Object.fromEntries(got)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('camera=()'),
      })
    }
  })

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/%00secret.txt',
  ])('%s leads nowhere', async (path) => {
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nHost: ${new URL(web.url).host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1.1 404/)
    expect(answer).not.toContain('outside')
  })

  test('what is no address, and what is no GET, are refused', async () => {
    const { host } = new URL(web.url)
    expect(await raw(`GET /%zz HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400/,
    )
    expect(
      await raw(`GET http://evil.example/ HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`),
    ).toMatch(/^HTTP\/1.1 400/)
    expect((await fetch(web.url, { method: 'POST', headers: { cookie } })).status).toBe(405)
  })

  test('a renderer that was not built is said', async () => {
    await expect(loadPages(join(folder, 'nowhere'))).rejects.toMatchObject({ data: { code: 'pages.missing' } })
  })
})

describe('where it listens', () => {
  test('another address without a certificate is refused, with what to give', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'styx.example'])
      await expect(serve({ host })).rejects.toMatchObject({
        data: { code: 'web.tls-needed', suggestion: expect.stringContaining('--tls-cert') },
      })
  })

  test('a taken port is said, or another is found where that is wanted', async () => {
    const port = Number(new URL(web.url).port)
    await expect(serve({ port })).rejects.toMatchObject({ data: { code: 'web.port-taken' } })
    const other = await serve({ port, elsewhere: true })
    expect(new URL(other.url).port).not.toBe(String(port))
    await other.close()
  })

  test('an address that is not of this machine, and a certificate that is none, are said', async () => {
    await expect(serve({ host: '203.0.113.1', tls })).rejects.toMatchObject({ data: { code: 'web.listen' } })
    await expect(serve({ tls: { cert: tls.cert, key: tls.cert } })).rejects.toMatchObject({ data: { code: 'web.tls' } })
  })

  test('with a certificate it serves every address, and the cookie is for https alone', async () => {
    const other = await serve({ host: '0.0.0.0', tls, names: ['styx.example'] })
    expect(other.link()).toMatch(/^https:\/\/styx\.example:\d+\/sign-in\?token=/)
    const { port } = new URL(other.url)
    const { pathname, search } = new URL(other.link())
    const request = get(`https://127.0.0.1:${port}${pathname}${search}`, { rejectUnauthorized: false })
    const [answer] = await once(request, 'response')
    expect([answer.statusCode, answer.headers['set-cookie'][0]]).toEqual([200, expect.stringContaining('; Secure')])
    answer.destroy()
    await other.close()
  })

  test('closing ends every connection and says why', async () => {
    const other = await serve()
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/rpc`, {
      headers: { cookie: await signIn(other), origin: other.url },
    })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    await other.close()
    const [code, reason] = await closed
    expect([code, String(reason)]).toEqual([1001, 'Styx was closed.'])
    await expect(fetch(other.url)).rejects.toThrow()
  })
})

describe('downloads', () => {
  test('a file comes whole, with a name that nothing takes amiss, and is never shown', async () => {
    const answer = await read(`/download/bytes/300000?name=${encodeURIComponent('../../etc/"pass wd"\r\nx: y ünï.log')}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="-..-etc-pass wd-x- y _n_.log"; filename*=UTF-8''-..-etc-pass%20wd-x-%20y%20%C3%BCn%C3%AF.log`,
    )
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    const bytes = new Uint8Array(await answer.arrayBuffer())
    expect(bytes.length).toBe(300_000)
  })

  test('not without the cookie, not under another name, and only by GET', async () => {
    expect((await fetch(`${web.url}/download/bytes/10`)).status).toBe(401)
    const foreign = `GET /download/bytes/10 HTTP/1.1\r\nHost: evil.example\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`
    expect(await raw(foreign)).toContain('HTTP/1.1 403 Forbidden')
    expect((await fetch(`${web.url}/download/bytes/10`, { method: 'POST', headers: { cookie } })).status).toBe(405)
    expect(await (await fetch(`${web.url}/download/bytes/10`, { method: 'HEAD', headers: { cookie } })).text()).toBe('')
  })

  test('what is not there is 404, an error is said in words, and what breaks off does not look whole', async () => {
    expect((await read('/download/nothing')).status).toBe(404)
    const refused = await read('/download/refused')
    expect([refused.status, await refused.text()]).toEqual([500, 'It is refused · as asked\n'])
    await expect((await read('/download/broken')).arrayBuffer()).rejects.toThrow()
  })

  test('a client that goes away ends the file that was made for it', async () => {
    const name = 'readers close'
    const run: (typeof checks)[number]['run'] = async (connectApi) => {
      const { api } = await connectApi()
      const readers = async () => (await api.facts()).readers
      const before = await readers()
      const gone = new AbortController()
      const answer = await fetch(`${web.url}/download/bytes`, { headers: { cookie }, signal: gone.signal })
      await answer.body!.getReader().read()
      expect(await readers()).toBe(before + 1)
      gone.abort()
      while ((await readers()) > before) await sleep(5)
    }
    await runCheck({ name, run }, connect)
  })
})
