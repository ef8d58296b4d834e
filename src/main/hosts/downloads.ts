import { StyxError } from '../../shared/error.ts'
import type { OpenDownload } from '../byte-stream.ts'
import { type Page, securityHeaders, textPage } from './pages.ts'

/** What both hosts serve below this is a file for the user's disk. */
const PREFIX = '/download/'

/** An answer whose body is made while it is sent. */
export type Streamed = { status: number; headers: Record<string, string>; body: AsyncGenerator<Uint8Array> }

export const isDownload = (path: string) => path.startsWith(PREFIX)

/** Answers a GET below `/download/`; an error is said in words, as text. */
export async function answerDownload(
  open: OpenDownload,
  path: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Streamed | Page> {
  try {
    const download = await open(path.slice(PREFIX.length), query, signal)
    if (!download) return textPage(404, 'Not found.')
    const headers = {
      ...securityHeaders(''),
      'content-type': 'application/octet-stream', // to be kept, whatever it says, and never to be looked into
      'content-disposition': disposition(download.name),
      'cache-control': 'no-store',
    }
    return { status: 200, headers, body: download.bytes }
  } catch (error) {
    if (error instanceof StyxError) return textPage(error.data.code.endsWith('.unknown') ? 404 : 500, error.message)
    throw error
  }
}

/** A name that no file system and no header takes amiss. */
function disposition(name: string): string {
  const safe =
    name
      .replace(/[^\p{L}\p{N} ._-]+/gu, '-')
      .replace(/^[. ]+|[. ]+$/g, '')
      .slice(0, 100) || 'download'
  const ascii = safe.replace(/[^\x20-\x7e]/g, '_')
  const encoded = encodeURIComponent(safe).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
