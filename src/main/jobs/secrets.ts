import type { Secrets } from '../storage/secrets.ts'
import * as z from 'zod'

/** Values of a job's secrets, from its submission until its nodes have it: in memory, and in the keyring where there is one. */
export type JobSecrets = {
  keep(jobId: string, values: Record<string, string>): void
  /** Null: they are lost, for the engine was started anew and there is no keyring. */
  take(jobId: string): Promise<Record<string, string> | null>
  forget(jobId: string): Promise<void>
}

const values = z.record(z.string(), z.string())

export function jobSecrets(store: Promise<Secrets>): JobSecrets {
  const held = new Map<string, Record<string, string>>()
  const kept = new Map<string, Promise<unknown>>()
  const nameOf = (jobId: string) => `job/${jobId}`
  return {
    keep: (jobId, given) => {
      held.set(jobId, given)
      // A keyring may take seconds to answer. Where it fails they are in memory still.
      const writing = store.then((secrets) => secrets.write(nameOf(jobId), JSON.stringify(given))).catch(() => {})
      kept.set(jobId, writing)
    },
    take: async (jobId) => {
      const known = held.get(jobId)
      if (known) return known
      const text = await (await store).read(nameOf(jobId)).catch(() => null)
      return text === null ? null : values.parse(JSON.parse(text))
    },
    forget: async (jobId) => {
      held.delete(jobId)
      await kept.get(jobId)
      kept.delete(jobId)
      await (await store).remove(nameOf(jobId)).catch(() => {}) // there is none: that is what was wanted
    },
  }
}
