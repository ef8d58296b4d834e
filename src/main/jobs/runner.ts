import type { Job } from '../../shared/job.ts'
import type { Transport } from '../transports/transport.ts'
import type { RankFiles } from './job-script.ts'
import type { JournalNews } from './journal.ts'

/** A node as a runner reaches it, and whose it is. */
export type JobNode = {
  installationId: string
  clusterId: string
  nodeId: string
  transport: Transport
  /** It is this computer: a file may be there already, as itself. */
  isHere: boolean
}

export type Offsets = { out: number; err: number }

/** The two streams of a rank while they are followed. */
export type FollowedLog = {
  out: AsyncIterable<Buffer>
  err: AsyncIterable<Buffer>
  /** Never rejects. `gone`: the node does not have the job's folder any more. */
  ended: Promise<'gone' | 'ended'>
  /** Nothing of it stays on the node. */
  close(): void
}

/** What placed a job is over, and these ranks can come to no good end by it any more. `detail`: its own words. */
export type Unplaced = { ranks: number[]; how: 'lost' | 'stopped' | 'forgotten'; detail: string }

/** Lets the ranks of a job begin, all of them or none. Every call may be made again: nothing is ever begun twice. */
export type Starter = {
  /**
   * Each rank waits on its node; `nodes`: by rank. True: all were told, or whoever tells them was asked to. False: a rank waits no more, and
   * its node's word of that is on its way. @throws StyxError
   */
  begin(job: Job, nodes: JobNode[], signal: AbortSignal): Promise<boolean>
  /** What was asked to let it begin lets go of it; the ranks themselves are ended by `Runner.cancel`. @throws StyxError */
  end(job: Job, signal: AbortSignal): Promise<void>
  /** Asks after what placed it. Null answer: nothing is wrong, or that cannot be learned now. Null itself: there is no such thing. */
  unplaced: ((job: Job, signal: AbortSignal) => Promise<Unplaced | null>) | null
}

/** Puts jobs on nodes and tells what becomes of them. Every call may be made again: nothing is ever begun twice. */
export type Runner = {
  /** Resolves once the node has the rank. `begins`: it waits for nobody. @throws StyxError */
  submit(node: JobNode, jobId: string, files: RankFiles, signal: AbortSignal): Promise<'begins' | 'waits'>
  /** What happens to jobs on a node from byte `offset` of its journal on; `jobIds`: those that should be there. Ends with the signal. */
  observe(node: JobNode, offset: number, jobIds: string[], signal: AbortSignal): AsyncGenerator<JournalNews>
  follow(node: JobNode, jobId: string, rank: number, from: Offsets, signal: AbortSignal): Promise<FollowedLog>
  /** The wrapper's notes of when what comes behind these offsets was written: lines of `EPOCH_S OUT ERR`. */
  times(node: JobNode, jobId: string, from: Offsets, signal: AbortSignal): Promise<string>
  /** TERM, and KILL after 10 s, on the node itself. One that waits never begins; its end is told by `observe`. */
  cancel(node: JobNode, jobId: string, rank: number, signal: AbortSignal): Promise<void>
  /** Deletes what a job that has ended left on the node. */
  remove(node: JobNode, jobId: string, signal: AbortSignal): Promise<void>
}
