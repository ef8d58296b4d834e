import * as z from 'zod'

/** One test as its runner saw it; what both runners' reporters write and scripts/test.ts sums. */
export const outcome = z.object({
  suite: z.string(),
  name: z.string(),
  is: z.enum(['passed', 'failed', 'skipped']),
  /** Of a skipped test: the reason and the remedy. */
  why: z.string(),
})
export type Outcome = z.infer<typeof outcome>

/** The closing line of every run: it is read by people and by .ci/run alike. */
export function closingLine(outcomes: readonly Outcome[]): string {
  const count = (is: Outcome['is']) => outcomes.filter((one) => one.is === is).length
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
}

/** A test that skips without a word hides what was not seen, so it counts as failed. */
export function judgeSkips(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.map((one) =>
    one.is === 'skipped' && one.why === ''
      ? { ...one, is: 'failed', why: 'skipped without a reason: context.skip("reason: remedy")' }
      : one,
  )
}
