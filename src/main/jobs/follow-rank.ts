import { setTimeout as sleep } from 'node:timers/promises'
import { errorDataOf } from '../../shared/error.ts'
import type { FollowedLog, JobNode, Offsets, Runner } from './runner.ts'
import { parseStamps, type Stamps, stamped } from './stamps.ts'

/** What jobs need of the store of logs. */
export type JobLogs = {
  position(log: string, stream: string): Promise<number>
  write(log: string, stream: string, offset: number | null, bytes: Uint8Array, at: number): Promise<void>
  tellGap(log: string, words: string): Promise<void>
  end(log: string): Promise<void>
  remove(log: string): Promise<void>
}

export type RankFollower = {
  /** The node keeps only what comes from here on; it drops the rest in 5 s. */
  drop(kept: Offsets): void
  /** It has ended. `size`: where its log ends, null where that is not known because its folder is gone. */
  finish(size: Offsets | null): void
  stop(): void
}

/** So many bytes may wait for the store before the node is held back. */
const AHEAD_BYTES = 4 * 1024 * 1024
const AGAIN_MS = [500, 1_000, 2_000, 5_000, 10_000]
/** A log that should have more, and says nothing for so long, is cut. */
const SILENT_MS = 10_000
/** What was still in the pipe when its folder went is here after so long. */
const LAST_WORDS_MS = 1_000

/**
 * Takes the two streams of a rank into the store, from where the store ends, until all of it is there. `fresh`: it has just begun, so
 * that what it printed was printed now. `onDone` hears what could not be had, in words.
 */
export function followRank(given: {
  runner: Runner
  store: JobLogs
  node: JobNode
  jobId: string
  rank: number
  kept: Offsets
  fresh: boolean
  onDone(problem: string | null): void
}): RankFollower {
  const { runner, store, node, jobId, rank } = given
  const log = `job:${jobId}`
  const stop = new AbortController()
  const { signal } = stop
  let { kept, fresh } = given
  let size: Offsets | null | undefined // undefined: it has not ended
  let round: FollowedLog | null = null
  let has: Offsets = { out: 0, err: 0 }
  let quiet: NodeJS.Timeout | undefined
  let waiting = 0 // bytes that the store has not kept yet
  let gaveUp = false
  let gone = false

  const isWhole = () => size !== undefined && size !== null && has.out >= size.out && has.err >= size.err
  /** With every byte: is that all, or how long may it still take? */
  const look = () => {
    clearTimeout(quiet)
    if (size === undefined) return
    if (isWhole()) return round?.close()
    quiet = setTimeout(
      () => {
        if (waiting > 0) return look() // the store takes nothing now: it is not the node that is silent
        gaveUp = true
        round?.close()
      },
      size === null ? LAST_WORDS_MS : SILENT_MS,
    )
  }

  const pump = async (stream: 'out' | 'err', readable: FollowedLog['out'], stamps: Stamps): Promise<void> => {
    let failure: unknown = null
    const writes = new Set<Promise<void>>()
    for await (const bytes of readable) {
      for (const { offset, bytes: part, at } of stamped(stamps, has[stream], bytes, Date.now())) {
        waiting += part.length
        const write = store
          .write(log, `r${rank}.${stream}`, offset, part, at)
          .catch((error: unknown) => {
            failure ??= error
          })
          .finally(() => {
            waiting -= part.length
            writes.delete(write)
          })
        writes.add(write)
      }
      has = { ...has, [stream]: has[stream] + bytes.length }
      while (waiting > AHEAD_BYTES) await Promise.race(writes)
      if (failure) throw failure
      look()
    }
    await Promise.all(writes)
    if (failure) throw failure
  }

  const oneRound = async (): Promise<void> => {
    const times = fresh ? '' : await runner.times(node, jobId, has, signal)
    fresh = false
    const followed = await runner.follow(node, jobId, rank, has, signal)
    round = followed
    look()
    const results = await Promise.allSettled([
      pump('out', followed.out, parseStamps(times, 'out')),
      pump('err', followed.err, parseStamps(times, 'err')),
    ])
    followed.close()
    gone = (await followed.ended) === 'gone'
    for (const one of results) if (one.status === 'rejected') throw one.reason
  }

  const run = async (): Promise<void> => {
    let failed = 0
    let problem: string | null = null
    while (!signal.aborted) {
      const [out, err] = await Promise.all([store.position(log, `r${rank}.out`), store.position(log, `r${rank}.err`)])
      const before = has
      has = { out: Math.max(out, kept.out), err: Math.max(err, kept.err) }
      if (kept.out > out || kept.err > err) await store.tellGap(log, droppedWords(rank))
      if (isWhole()) break
      if (gaveUp || (gone && size !== undefined)) {
        problem = missingWords(rank, has, size ?? null)
        await store.tellGap(log, problem)
        break
      }
      if (has.out > before.out || has.err > before.err) failed = 0
      try {
        await oneRound()
      } catch (error) {
        if (signal.aborted) return
        if (errorDataOf(error).code === 'log.closed') return
      } finally {
        clearTimeout(quiet)
        round = null
      }
      if (isWhole() || gaveUp) continue
      failed++
      await sleep(AGAIN_MS[Math.min(failed, AGAIN_MS.length) - 1], undefined, { signal }).catch(() => {})
    }
    if (!signal.aborted) given.onDone(problem)
  }
  // Only the store can fail here: it is closing, and what is missing is fetched at the next start.
  void run().catch(() => {})

  return {
    drop: (next) => {
      kept = next
      if (has.out < kept.out || has.err < kept.err) round?.close()
    },
    finish: (end) => {
      size = end
      look()
    },
    stop: () => {
      stop.abort()
      clearTimeout(quiet)
      round?.close()
    },
  }
}

const droppedWords = (rank: number) =>
  `Rank ${rank} printed more than a node keeps of a log, and faster than it could be fetched: what was dropped there is missing here.`

function missingWords(rank: number, has: Offsets, size: Offsets | null): string {
  if (!size) return `The end of the log of rank ${rank} could not be fetched: its folder on the node was deleted.`
  const missing = Math.max(0, size.out - has.out) + Math.max(0, size.err - has.err)
  return `The last ${missing.toLocaleString('en')} bytes of rank ${rank} could not be fetched from the node.`
}
