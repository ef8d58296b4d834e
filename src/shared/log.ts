import * as z from 'zod'

/**
 * A log is named `job:ID` or `operation:ID` and holds streams of lines: a job's are its ranks' stdout and stderr, an operation's its steps.
 * Lines are numbered from 0 over all streams together, in the order in which they were written.
 */
export const logStream = z.object({
  /** `r0.out`, `r0.err`, or a step's name, with `/NODE-ID` behind it for a step on a node. */
  name: z.string(),
  /** Null for an operation's step. */
  rank: z.number().int().nullable(),
  kind: z.enum(['out', 'err', 'step']),
  bytes: z.number(),
  lines: z.number(),
})
export type LogStream = z.infer<typeof logStream>

/** The stream of an operation's step, on a node for a step that has a row for each. */
export const stepStream = (step: string, nodeId: string | null) => (nodeId === null ? step : `${step}/${nodeId}`)

/** What {@link stepStream} was made of. */
export function stepOfStream(stream: string): { step: string; nodeId: string | null } {
  const [step = '', nodeId = null] = stream.split('/', 2)
  return { step, nodeId }
}

/** Which lines are meant: those of the streams named, or of all. */
export const logView = z.object({ log: z.string().max(120), streams: z.array(z.string().max(120)).max(2000).nullable() })
export type LogView = z.infer<typeof logView>

/** What there is of a log, as of now. Lines are counted within the view: 0 to `lines` - 1. */
export const logInfo = z.object({
  streams: z.array(logStream),
  /** Lines of the view, with those that are no longer kept. */
  lines: z.number(),
  /** The first line that is still kept: older ones were dropped for the cap. */
  firstLine: z.number(),
  bytes: z.number(),
  /** Epoch ms; null: nothing yet. */
  firstAt: z.number().nullable(),
  lastAt: z.number().nullable(),
  /** More may come. */
  live: z.boolean(),
  /** What has been written without an end of line yet (a progress bar), by stream: the end of it, at most 4 KiB. */
  unfinished: z.array(z.object({ stream: z.string(), text: z.string() })),
  /** What is missing and why, in words: dropped for the cap, not fetched before the node was gone. */
  gaps: z.array(z.string()),
})
export type LogInfo = z.infer<typeof logInfo>

export const logLine = z.object({
  /** Its number within the view. */
  n: z.number(),
  /** Epoch ms, to the second for what was written while nobody followed. */
  at: z.number(),
  stream: z.string(),
  /** As it was printed, ANSI sequences too; broken UTF-8 as U+FFFD. */
  text: z.string(),
  /** It goes on the line before: a line longer than 16 KiB comes in pieces, each with a number of its own. */
  continues: z.boolean(),
})
export type LogLine = z.infer<typeof logLine>

/** A part of a log at a glance, one of many with equally many lines. */
export const logStripRow = z.object({
  /** Its first line, and when that was written, epoch ms. */
  n: z.number(),
  at: z.number(),
  /** How many of its lines are stderr's, 0–1. */
  err: z.number(),
})
export type LogStripRow = z.infer<typeof logStripRow>

export const logQuery = z.object({ text: z.string().min(1).max(1000), regex: z.boolean(), caseSensitive: z.boolean() })
export type LogQuery = z.infer<typeof logQuery>

/** Search goes on in a worker and tells how far it is; the last message is `done`. */
export const logSearch = z.object({
  /** 0–1 of the bytes of the view. */
  searched: z.number(),
  /** Lines that match, so far. */
  count: z.number(),
  /** Numbers of lines that match, ascending, those found since the last message; at most the first 100,000 in all. */
  hits: z.array(z.number()),
  done: z.boolean(),
})
export type LogSearch = z.infer<typeof logSearch>
