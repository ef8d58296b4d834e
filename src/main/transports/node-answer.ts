import type { Readable } from 'node:stream'
import { StyxError } from '../../shared/error.ts'
import { capture } from './capture.ts'
import type { Exit, Transport } from './transport.ts'

/**
 * Runs a program of a node to its end and answers with what it printed.
 * @param where what it is about
 * @throws StyxError as {@link refused} makes it, and what `capture` throws
 */
export async function answerOf(
  over: Pick<Transport, 'exec'>,
  argv: readonly [string, ...string[]],
  where: string,
  given: { timeout_ms: number; signal: AbortSignal },
): Promise<string> {
  const { stdout, stderr, timedOut, ...exit } = await capture(over, argv, given)
  if (exit.code !== 0) throw refused(where, stderr || (timedOut ? 'It did not answer in time.' : ''), exit)
  return stdout
}

/** The last that streams say from now on, together at most 2000 characters. */
export function lastWords(...streams: Readable[]): () => string {
  let said = ''
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-2000)
    })
  return () => said.trim()
}

export const lost = (where: string, detail: string): StyxError =>
  new StyxError({
    code: 'files.lost',
    what: 'The connection was lost while a file was copied',
    where,
    suggestion: 'Try again: it goes on where it was.',
    detail,
    retryable: true,
  })

/** What a node said when it did not take or give a file. */
export function refused(where: string, said: string, exit: Exit): StyxError {
  if (exit.code === null && exit.signal === null) return lost(where, said)
  const full = /no space left|quota exceeded/i.test(said)
  return new StyxError({
    code: full ? 'files.disk-full' : 'files.refused',
    what: full ? 'The node’s disk is full' : 'The node refused',
    where,
    why: said.trim().split('\n').at(-1) || `It ended with ${exit.code ?? exit.signal}.`,
    suggestion: full
      ? 'Free some space there (du -xh ~ | sort -h | tail shows what is large), then try again.'
      : 'Mend what it names, then try again.',
    detail: said,
    retryable: true,
  })
}
