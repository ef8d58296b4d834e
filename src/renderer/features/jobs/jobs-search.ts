import * as z from 'zod'
import { COLUMNS, type JobsShown, STATES } from './job-list.ts'

/** What the address says of a list of jobs. */
export const jobsSearch = z.object({
  q: z.string().optional().catch(undefined),
  state: z.enum(STATES).optional().catch(undefined),
  by: z.enum(COLUMNS).optional().catch(undefined),
  up: z.boolean().optional().catch(undefined),
})

/** Newest first, where nothing is said. */
export const readShown = ({ q, state, by, up }: z.infer<typeof jobsSearch>): JobsShown => ({
  text: q ?? '',
  state: state ?? 'all',
  by: by ?? 'when',
  down: !up,
})

/** Only what is not as usual is said. */
export const writtenShown = ({ text, state, by, down }: JobsShown): z.infer<typeof jobsSearch> => ({
  q: text || undefined,
  state: state === 'all' ? undefined : state,
  by: by === 'when' ? undefined : by,
  up: down ? undefined : true,
})
