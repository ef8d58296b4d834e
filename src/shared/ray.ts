import * as z from 'zod'
import { errorData } from './error.ts'

/** A version of Ray as PyPI has it: `2.60.0`. */
const rayVersion = z.string().regex(/^\d{1,4}\.\d{1,4}\.\d{1,4}((a|b|rc|\.post)\d{1,4})?$/, 'A version looks like 2.60.0.')

/** What a launch asks for. */
export const rayWish = z.object({
  /** Null: the newest that the Python of all nodes runs. */
  version: rayVersion.nullable(),
  /** A folder of wheels on every node, absolute: nothing is fetched then. Null: from PyPI, or where pip and uv are told to look. */
  wheels: z
    .string()
    .regex(/^\/[^\p{C}]*$/u, 'A whole path, beginning with /.')
    .max(4096)
    .nullable(),
})
export type RayWish = z.infer<typeof rayWish>

/** Ray on one node. */
export const rayNode = z.object({
  nodeId: z.string(),
  /** Ray's folder within the node's, absolute: environment, token, log of the start. */
  folder: z.string(),
  /** Where its sockets and session logs are, a short path; null until it was started there. */
  temp: z.string().nullable(),
  /** The address by which Ray knows the node, and the first of its ports; null until it was started there. */
  ip: z.string().nullable(),
  port: z.number().int().nullable(),
  /** As Ray's head says; null: unknown. */
  alive: z.boolean().nullable(),
  /** Epoch ms: since when `alive` is so. */
  since: z.number(),
})
export type RayNode = z.infer<typeof rayNode>

/**
 * Ray of a cluster as it stands. `waiting`: nothing was done yet. `degraded`: it was running and is not whole any more. `failed`: it could
 * not be installed or started.
 */
export const ray = z.object({
  wish: rayWish,
  is: z.enum(['waiting', 'installing', 'starting', 'running', 'degraded', 'stopped', 'failed']),
  /** Epoch ms. */
  since: z.number(),
  /** The same on every node; null until it was chosen. */
  version: z.string().nullable(),
  /** The minor version of Python, e.g. "3.11"; the same on every node. */
  python: z.string().nullable(),
  /** Does this version ask for a token? Ray has it since 2.52; before, whoever reaches its ports may run code. */
  guarded: z.boolean(),
  nodes: z.array(rayNode),
  /** What its jobs and actors hold. Null: not known. */
  use: z.object({ cpus: z.number(), cpusUsed: z.number(), gpus: z.number(), gpusUsed: z.number() }).nullable(),
  /** Why it is degraded or failed. */
  error: errorData.nullable(),
})
export type Ray = z.infer<typeof ray>

/** Ray of a cluster that was asked for and not begun. */
export const rayAsked = (wish: RayWish, at: number): Ray => ({
  wish,
  is: 'waiting',
  since: at,
  version: null,
  python: null,
  guarded: true,
  nodes: [],
  use: null,
  error: null,
})

/** The address of its head, `10.0.0.1:20000`; null until it was started. */
export function rayAddress({ nodes }: Pick<Ray, 'nodes'>): string | null {
  const head = nodes[0]
  return head?.ip && head.port ? `${head.ip}:${head.port}` : null
}
