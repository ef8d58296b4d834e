import type { Logs } from './logs.ts'
import { stripAnsi } from './strip-ansi.ts'

const never = new AbortController().signal

/** The last lines of some streams of a log together, without ANSI sequences, each at most `width` characters; what has no end of line yet too. */
export async function lastLines(
  logs: Logs,
  view: { log: string; streams: string[] },
  count: number,
  width: number,
): Promise<string[]> {
  const { lines: total, firstLine, unfinished } = await logs.info(view)
  const lines = await logs.lines(view, Math.max(firstLine, total - count), count, never)
  const texts = [...lines, ...unfinished].map(({ text }) => plain(text))
  return texts.slice(-count).map((text) => (text.length > width ? `${text.slice(0, width)}…` : text))
}

function plain(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.toString('utf8', 0, stripAnsi(bytes, bytes))
}
