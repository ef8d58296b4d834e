import type { Readable } from 'node:stream'
import * as z from 'zod'
import { rankState } from '../../shared/job.ts'

/** What the wrapper writes of a job's life. `DROPPED`: of its log only what comes from `out` and `err` on is kept. */
export const entryState = z.enum([...rankState.exclude(['INIT']).options, 'DROPPED'])

/** A line of `jobs/journal`. */
export type JournalEntry = {
  /** Epoch ms by the node's clock. */
  at: number
  jobId: string
  state: z.infer<typeof entryState>
  rank: number
  exitCode: number | null
  /** With an end: the log's size in bytes, null where its folder is gone. With `DROPPED`: the first byte that is kept. */
  out: number | null
  err: number | null
  why: 'folder-gone' | 'restarted' | 'killed' | 'ended' | 'alone' | 'node-lost' | null
}

/** What a node says of its jobs. `end`: where its journal is read up to, an absolute offset in bytes. */
export type JournalNews =
  /** `from`: where reading begins, 0 when it is another journal than before; `size`: how much there was; `now`: the node's clock. */
  | { is: 'begins'; from: number; size: number; now: number }
  /** The job's folder is not there. */
  | { is: 'lost'; jobId: string }
  | { is: 'entries'; entries: JournalEntry[]; end: number }

const LINE =
  /^(\d{13}) ([\w-]{1,64}) ([A-Z_]{1,20}) (\d{1,5}) (\d{1,3}|-) (\d{1,15}|-) (\d{1,15}|-) (folder-gone|restarted|killed|ended|alone|-) \.$/
/** A longer line is none of ours. */
const LINE_MAX = 4096
const NEWLINE = 10

/** One line of the journal; null for what is not one: blank, or cut by a disk that was full. */
export function parseEntry(line: string): JournalEntry | null {
  const [, at, jobId, state, rank, exitCode, out, err, why] = LINE.exec(line) ?? []
  const known = entryState.safeParse(state)
  if (jobId === undefined || !known.success) return null
  return {
    at: Number(at),
    jobId,
    state: known.data,
    rank: Number(rank),
    exitCode: number(exitCode),
    out: number(out),
    err: number(err),
    why: why === '-' ? null : (why as JournalEntry['why']),
  }
}

const number = (word: string | undefined) => (word === undefined || word === '-' ? null : Number(word))

/** Reads what `job.sh attend` prints. What came in one piece is one message, so that it can be written down at once. */
export async function* readJournal(stdout: Readable): AsyncGenerator<JournalNews> {
  let rest: Buffer = Buffer.alloc(0)
  let end: number | null = null // null: still in the lines before the journal's own
  let begins: number | null = null
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const entries: JournalEntry[] = []
    let from = 0
    for (let to = rest.indexOf(NEWLINE); to >= 0; to = rest.indexOf(NEWLINE, from)) {
      const line = rest.toString('utf8', from, Math.min(to, from + LINE_MAX))
      if (end !== null) {
        end += to + 1 - from
        const entry = parseEntry(line)
        if (entry) entries.push(entry)
      } else if (line === 'follows') {
        end = begins
      } else {
        const [, first, size, now] = /^from (\d{1,15}) (\d{1,15}) (\d{13})$/.exec(line) ?? []
        const [, jobId] = /^lost ([\w-]{1,64})$/.exec(line) ?? []
        if (first !== undefined) {
          begins = Number(first)
          yield { is: 'begins', from: begins, size: Number(size), now: Number(now) }
        } else if (jobId !== undefined) yield { is: 'lost', jobId }
      }
      from = to + 1
    }
    rest = Buffer.from(rest.subarray(from))
    if (end !== null) yield { is: 'entries', entries, end }
  }
}
