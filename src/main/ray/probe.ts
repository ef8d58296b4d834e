import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'
import { ray } from '../../shared/ray.ts'

/** A line of resources/node/ray-health.py. `why`: it did not answer. */
const probe = z.object({
  why: z.string().nullable(),
  nodes: z.array(z.object({ name: z.string(), ip: z.string(), alive: z.boolean(), message: z.string() })),
  use: ray.shape.use,
})
export type Probe = z.infer<typeof probe>

/** @throws StyxError `ray.unreadable` */
export function parseProbe(line: string): Probe {
  try {
    return probe.parse(JSON.parse(line))
  } catch {
    throw new StyxError({
      code: 'ray.unreadable',
      what: 'What Ray’s head said of itself could not be read',
      suggestion: 'It is asked again. If it goes on, restart Ray.',
      detail: line.slice(0, 2000),
      retryable: true,
    })
  }
}
