import * as z from 'zod'

/** What a log's `facts.jsonl` tells beside its lines, a line for each; their order is what they mean. */
export const logFact = z.discriminatedUnion('is', [
  /** A stream joins; its place in the order is what the index calls it. */
  z.object({ is: z.literal('stream'), name: z.string() }),
  /** A segment begins, and what each stream had before it: so the oldest can go, and lines keep their numbers. */
  z.object({
    is: z.literal('segment'),
    number: z.number().int(),
    before: z.array(z.object({ lines: z.number(), bytes: z.number(), end: z.number(), open: z.boolean() })),
  }),
  /** Something is missing, in words for the reader. */
  z.object({ is: z.literal('gap'), words: z.string() }),
  /** What a stream had without an end of line when the engine ended: at `offset`, in base64. Of no meaning once the stream went on. */
  z.object({ is: z.literal('unfinished'), stream: z.number().int(), offset: z.number(), bytes: z.base64(), at: z.number() }),
  z.object({ is: z.literal('ended') }),
  /** After its end something more was written all the same (an operation that is retried). */
  z.object({ is: z.literal('goes-on') }),
])
export type LogFact = z.infer<typeof logFact>

/** What cannot be read is left out: the last line of a crash, or one that somebody else wrote. */
export function parseFacts(text: string): LogFact[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [logFact.parse(JSON.parse(line))]
    } catch {
      return []
    }
  })
}
