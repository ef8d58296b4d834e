import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'
import type { Job } from '../../shared/job.ts'
import type { Ray } from '../../shared/ray.ts'
import { type RayOnNode, rayOnNode } from '../ray/on-node.ts'
import { capture } from '../transports/capture.ts'
import type { JobNode, Starter } from './runner.ts'

const ANSWER_MS = 60_000
/**
 * Of the resource `node:IP`, of which Ray gives each node 1.0: who has the node alone takes so much that nobody fits beside it. Sixteen
 * that ask for GPUs do beside each other, and a little is left for what the user's own programs pin by it.
 */
const SHARE_ALONE = 0.95
const SHARE_GPUS = 0.06

const answer = z.object({
  is: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'STOPPED', 'unknown']),
  message: z.string(),
  result: z.object({ ended: z.record(z.string(), z.string()), lost: z.record(z.string(), z.string()) }).nullable(),
})

/** Jobs by Ray: its queue, a placement group for each, and a driver on the head (resources/node/gang.py) that lives without us. */
export function createRayStarter(given: {
  resources: string
  /** The cluster's Ray and its head, as they are now. Null: it has none any more. */
  cluster(clusterId: string): { ray: Ray | null; head: JobNode } | null
}): Starter {
  const { resources } = given

  /** @throws StyxError `job.no-ray` */
  const headOf = ({ clusterId }: Job): { head: JobNode; ray: Ray; on: RayOnNode } => {
    const { ray = null, head = null } = given.cluster(clusterId) ?? {}
    const on = ray && head && rayOnNode(ray, head.nodeId)
    if (!ray || !head || !on) throw noRay()
    return { head, ray, on }
  }

  const gangScript = async (job: Job, verb: 'submit' | 'state' | 'stop', stdin: string, signal: AbortSignal): Promise<string> => {
    const { head, on } = headOf(job)
    const argv = [on.python, '-c', await source(resources), verb, folderOf(head, job.id)] as const
    const said = await capture(head.transport, argv, { stdin, timeout_ms: ANSWER_MS, signal })
    if (said.code !== 0) throw rayRefused(verb, said.stderr || said.stdout)
    return said.stdout
  }

  return {
    begin: async (job, nodes, signal) => {
      const { ray, on } = headOf(job)
      const plan = nodes.map((node, rank) => {
        const ip = rayOnNode(ray, node.nodeId)?.ip
        if (!ip) throw noRay()
        return {
          rank: String(rank),
          node: `node:${ip}`,
          share: job.gpusPerNode ? SHARE_GPUS : SHARE_ALONE,
          gpus: job.gpusPerNode ?? 0,
          script: `${nodePath(node)}/jobs/${job.id}/job.sh`,
          ids: [node.installationId, node.clusterId, node.nodeId, job.id],
        }
      })
      const asked = { source: await source(resources), job: job.id, url: on.jobsUrl, token_file: on.tokenFile, plan }
      await gangScript(job, 'submit', JSON.stringify(asked), signal)
      return true
    },

    end: async (job, signal) => {
      await gangScript(job, 'stop', '', signal)
    },

    unplaced: async (job, signal) => {
      const text = await gangScript(job, 'state', '', signal).catch(() => null) // its head may answer again
      const said = text === null ? null : parsed(text)
      if (!said || said.is === 'PENDING' || said.is === 'RUNNING') return null
      const ended = said.result?.ended ?? {}
      const ranks = job.ranks.flatMap(({ rank }) => (ended[rank] === undefined ? [rank] : []))
      if (ranks.length === 0) return null
      const how = said.is === 'unknown' ? 'forgotten' : said.is === 'STOPPED' ? 'stopped' : 'lost'
      return { ranks, how, detail: [said.message, ...Object.values(said.result?.lost ?? {})].filter(Boolean).join('\n') }
    },
  }
}

const source = (resources: string) => readFile(join(resources, 'node', 'gang.py'), 'utf8')
const nodePath = ({ installationId, clusterId, nodeId }: JobNode) => `~/.styx-node/${installationId}/${clusterId}/${nodeId}`
const folderOf = (head: JobNode, jobId: string) => `${nodePath(head)}/jobs/.gang-${jobId}`

function parsed(text: string): z.infer<typeof answer> | null {
  try {
    return answer.parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''))
  } catch {
    return null
  }
}

const noRay = () =>
  new StyxError({
    code: 'job.no-ray',
    what: 'Ray does not run on this cluster',
    suggestion: 'Start Ray on the cluster’s page.',
    retryable: true,
  })

const rayRefused = (where: string, said: string) =>
  new StyxError({
    code: 'job.ray-refused',
    what: 'Ray did not take the job',
    where,
    why: said.trim().split('\n').at(-1) ?? '',
    suggestion: 'See on the cluster’s page how Ray is.',
    detail: said,
    retryable: true,
  })
