import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { StyxError } from '../../shared/error.ts'

/** An answer to a GET, for whichever host gives it. */
export type Page = { status: number; headers: Record<string, string>; body: Uint8Array<ArrayBuffer> }

/** The built renderer, held in memory: nothing outside it can be reached, and a new build does not pull files from under an open window. */
export type Pages = (path: string) => Page

// What the build emits; anything else is answered as bytes.
const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
}
const NONCE = '__CSP_NONCE__'

/**
 * Reads the built renderer. Paths without an extension are pages of the app: they get index.html with a fresh nonce.
 * @throws StyxError `pages.missing`
 */
export async function loadPages(folder: string): Promise<Pages> {
  const files = new Map<string, Page>()
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    throw missing(folder, error)
  })
  const read = async (file: string) => {
    const path = file.slice(folder.length).split(sep).join('/')
    const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache' // the build puts a hash into the names of assets
    const headers = {
      ...securityHeaders(''),
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'cache-control': cache,
    }
    files.set(path, { status: 200, headers, body: new Uint8Array(await readFile(file)) })
  }
  // All at once: one after the other takes four times as long, and the start waits for it.
  await Promise.all(names.filter((entry) => entry.isFile()).map((entry) => read(join(entry.parentPath, entry.name))))
  const index = files.get('/index.html')
  if (!index) throw missing(folder, 'no index.html')
  files.delete('/index.html')
  const template = new TextDecoder().decode(index.body)

  return (path) => {
    const file = files.get(path)
    if (file) return file
    if (extname(path) !== '' && path !== '/index.html') return textPage(404, 'Not found.')
    return htmlPage(200, (nonce) => template.replaceAll(NONCE, nonce))
  }
}

/** A page of HTML under a nonce of its own; it is never cached, for the nonce must be new each time. */
export function htmlPage(status: number, html: (nonce: string) => string): Page {
  const nonce = randomBytes(16).toString('base64')
  return {
    status,
    headers: { ...securityHeaders(nonce), 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body: new TextEncoder().encode(html(nonce)),
  }
}

/** A few words as an answer. */
export function textPage(status: number, text: string): Page {
  return {
    status,
    headers: { ...securityHeaders(''), 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: new TextEncoder().encode(`${text}\n`),
  }
}

/** What every answer carries. With an empty nonce no inline style is allowed at all. */
export function securityHeaders(nonce: string): Record<string, string> {
  const style = nonce === '' ? "'self'" : `'self' 'nonce-${nonce}'`
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src ${style}; img-src 'self'; font-src 'self'; connect-src 'self'; ` +
      "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'permissions-policy':
      'camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=(), clipboard-read=(self), clipboard-write=(self)',
  }
}

const missing = (folder: string, cause: unknown) =>
  new StyxError(
    {
      code: 'pages.missing',
      what: 'The screen has not been built',
      where: folder,
      why: String(cause),
      suggestion: 'Run `npm run build` first.',
    },
    { cause },
  )
