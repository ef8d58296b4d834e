import type { Job } from '../../shared/job.ts'
import { askJobScript } from './job-folder.ts'
import type { JobNode, Starter } from './runner.ts'

const ANSWER_MS = 30_000

/**
 * Lets ranks begin that have their turn on all of their nodes. They do not know of each other, and there is no channel between them: it
 * is we who see that all of them are there, and tell them.
 */
export function createShellStarter(resources: string): Starter {
  const askAll = (verb: 'holds' | 'begin', { id, ranks }: Job, nodes: JobNode[], signal: AbortSignal) =>
    Promise.all(
      ranks
        .filter(({ state }) => state === 'HELD')
        .map(({ rank }) => askJobScript(resources, nodes[rank] as JobNode, verb, [id, rank], { timeout_ms: ANSWER_MS, signal })),
    )
  return {
    begin: async (job, nodes, signal) => {
      // So that none begins while another cannot be told, or is gone.
      const held = await askAll('holds', job, nodes, signal)
      if (!held.every((said) => /^held$/m.test(said))) return false
      await askAll('begin', job, nodes, signal)
      return true
    },
    end: async () => {},
    unplaced: null,
  }
}
