import type { Cluster } from '../../shared/cluster.ts'
import type { ErrorData } from '../../shared/error.ts'
import { type Node, sshName } from '../../shared/node.ts'
import type { HostHealth } from '../../shared/place.ts'

const HOST_KEY_CHANGED = 'ssh.host-key-changed'

/** Did a machine show another host key than the one that was trusted? */
export const isChangedKey = (error: ErrorData | null | undefined): error is ErrorData => error?.code === HOST_KEY_CHANGED

/** The machine of a pool, by its id, on the way to which an error came up: its own, or that of a host on the way. */
export function hostOfError({ where }: ErrorData, nodes: readonly Pick<Node, 'endpoint' | 'externalId'>[]): string | null {
  const node = nodes.find(
    ({ endpoint }) => endpoint?.via === 'ssh' && [endpoint, ...endpoint.jump].some((host) => sshName(host) === where),
  )
  return node?.externalId ?? null
}

type Seen = { row: HostHealth | undefined; clusters: readonly Cluster[]; nodes: Record<string, readonly Node[]> }

/** The changed key of a machine, by its last check, or by what a cluster on it met since. */
export function changedKeyOf(hostId: string, { row, clusters, nodes }: Seen): ErrorData | null {
  if (row && isChangedKey(row.error)) return row.error
  for (const { id, observed } of clusters) {
    const { problem } = observed
    if (isChangedKey(problem) && hostOfError(problem, nodes[id] ?? []) === hostId) return problem
  }
  return null
}
