import { setTimeout as sleep } from 'node:timers/promises'
import { errorDataOf } from '../../shared/error.ts'
import type { JournalEntry } from './journal.ts'
import type { JobNode, Runner } from './runner.ts'

export type NodeAttention = {
  /** Listens to the node, unless somebody does, for as long as it has jobs that have not ended. */
  attend(nodeId: string): void
  /** Resolves once nobody listens any more. */
  close(): Promise<void>
}

const AGAIN_MS = [500, 1_000, 2_000, 5_000, 10_000]

/**
 * Hears what happens to jobs on nodes: one channel for each node that has any. What is heard is handed on in the order of the node's
 * journal, each piece of news once: `heard` writes it together with `end`, from where the next reading begins.
 */
export function attendNodes(given: {
  runner: Runner
  signal: AbortSignal
  /** Null: it is not known how to reach the node any more. */
  node(nodeId: string): JobNode | null
  /** Jobs that the node has, and that have not ended. */
  jobsOn(nodeId: string): string[]
  offset(nodeId: string): number
  heard(nodeId: string, entries: JournalEntry[], end: number): void
  /** The node does not know these jobs, though it was asked to run them. */
  lost(nodeId: string, jobIds: string[]): void
}): NodeAttention {
  const { signal } = given
  const attended = new Map<string, Promise<void>>()

  const listen = async (nodeId: string): Promise<'done' | 'cut'> => {
    const node = given.node(nodeId)
    const jobs = given.jobsOn(nodeId)
    if (!node) {
      given.lost(nodeId, jobs)
      return 'done'
    }
    const stop = new AbortController()
    const end = () => stop.abort()
    signal.addEventListener('abort', end, { once: true })
    let lost: string[] = []
    let known = 0
    try {
      if (signal.aborted) return 'done'
      for await (const news of given.runner.observe(node, given.offset(nodeId), jobs, stop.signal)) {
        if (news.is === 'begins') known = news.size
        else if (news.is === 'lost') lost.push(news.jobId)
        else {
          if (news.entries.length > 0) given.heard(nodeId, news.entries, news.end)
          // What became of a job whose folder is gone may stand in the journal.
          if (lost.length > 0 && news.end >= known) {
            given.lost(nodeId, lost)
            lost = []
          }
          if (given.jobsOn(nodeId).length === 0) return 'done'
        }
      }
      return 'cut'
    } finally {
      signal.removeEventListener('abort', end)
      stop.abort()
    }
  }

  const run = async (nodeId: string): Promise<void> => {
    for (let failed = 0; !signal.aborted && given.jobsOn(nodeId).length > 0; failed++)
      try {
        const from = given.offset(nodeId)
        if ((await listen(nodeId)) === 'done') failed = -1
        else if (given.offset(nodeId) > from) failed = 0
        if (failed >= 0) await pause(failed)
      } catch (error) {
        if (signal.aborted) return
        if (errorDataOf(error).code === 'job.node-gone') given.lost(nodeId, given.jobsOn(nodeId))
        await pause(failed)
      }
  }
  const pause = (failed: number) => sleep(AGAIN_MS[Math.min(failed, AGAIN_MS.length - 1)], undefined, { signal }).catch(() => {})

  const attend = (nodeId: string): void => {
    if (attended.has(nodeId) || signal.aborted) return
    const ended = run(nodeId).finally(() => {
      attended.delete(nodeId)
      if (given.jobsOn(nodeId).length > 0) attend(nodeId) // one came just then
    })
    attended.set(nodeId, ended)
  }
  return {
    attend,
    close: async () => {
      await Promise.allSettled(attended.values())
    },
  }
}
