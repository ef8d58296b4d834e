import { assertNever } from '../../shared/assert-never.ts'
import type { Cluster, ClusterState } from '../../shared/cluster.ts'
import type { ErrorData } from '../../shared/error.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import { memoryWords } from '../../shared/memory-words.ts'
import { type Node, nodeName } from '../../shared/node.ts'
import type { Operation, OperationKind } from '../../shared/operation.ts'
import { isChangedKey } from './changed-key.ts'

/** What a colour says. `off` is grey: nothing runs and nothing is wrong. */
export type Tone = 'ready' | 'motion' | 'needs' | 'failed' | 'off'

/** The state in one word, as a person says it. */
export function stateWord(state: ClusterState): string {
  switch (state.is) {
    case 'degraded':
      return 'Needs you'
    default:
      return state.is[0]!.toUpperCase() + state.is.slice(1)
  }
}

/** The colour of a cluster: of its state, unless its operation waits for the user or it could not be looked at. */
export function clusterTone(cluster: Cluster, operation?: Operation): Tone {
  if (operation?.state === 'needs-you' && operation.endedAt === null) return 'needs'
  const { state } = cluster
  switch (state.is) {
    case 'ready':
      if (isChangedKey(cluster.observed.problem)) return 'failed'
      return cluster.observed.problem || rayProblem(cluster) ? 'needs' : 'ready'
    case 'launching':
    case 'starting':
    case 'stopping':
    case 'terminating':
      return 'motion'
    case 'degraded':
      return 'needs'
    case 'failed':
      return wasCancelled(cluster) ? 'off' : 'failed'
    case 'stopped':
    case 'terminated':
      return 'off'
    default:
      return assertNever(state)
  }
}

/** Its launch was taken back because the user wished so: that is no failure. */
export const wasCancelled = ({ state }: Cluster) => state.is === 'failed' && state.error.code === 'operation.cancelled'

/** The word beside its colour: of its state, unless its operation waits for the user or it could not be looked at. */
export function clusterWord(cluster: Cluster, operation?: Operation): string {
  if (operation?.state === 'needs-you' && operation.endedAt === null) return 'Needs you'
  if (wasCancelled(cluster)) return 'Cancelled'
  if (cluster.state.is === 'ready' && isChangedKey(cluster.observed.problem)) return 'Host key changed'
  if (cluster.state.is !== 'ready') return stateWord(cluster.state)
  return cluster.observed.problem ? 'Not seen now' : rayProblem(cluster) ? 'Ray is not whole' : 'Ready'
}

/** What is wrong with its Ray while all else is well; null where nothing is, or it has none. */
export const rayProblem = ({ state, ray }: Cluster): ErrorData | null => (state.is === 'ready' ? (ray?.error ?? null) : null)

/** What needs the user: what its newest operation waits with, else what is wrong with itself, with the looking at it, or with its Ray. */
export function needOf(cluster: Cluster, operation: Operation | undefined): ErrorData | null {
  const { state, observed } = cluster
  if (operation?.state === 'needs-you' && operation.endedAt === null) return operation.error
  if (state.is === 'degraded' || state.is === 'failed') return state.error
  return state.is === 'ready' ? (observed.problem ?? rayProblem(cluster)) : null
}

/** Does it hold anything? An ended cluster is only a record. */
export const hasEnded = ({ state }: Cluster) => state.is === 'terminated' || state.is === 'failed'

export { nodeName }

/** The machine under a node by its name; where that is not known, the node's. */
export const hostName = (node: Node): string => node.facts?.hostname ?? nodeName(node)

/** "16 cores", "1 core". */
export const count = (n: number, one: string, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`

/** 6,400 */
export const number = (n: number) => n.toLocaleString('en-US')

/** `1.2 MB`, `340 B`. Units of 1000, as networks are sold and files counted. */
export function bytesWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value >= 10 || unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`
}

/** `1.2 MB/s`, `340 B/s`. */
export const rateWords = (bytesPerSecond: number) => `${bytesWords(bytesPerSecond)}/s`

/** `12 %` */
export const percentWords = (percent: number) => `${Math.round(percent)} %`

/** What a machine's processor is called, without the noise its maker adds. */
export const cpuName = (cpu: string) =>
  cpu
    .replace(/\((?:R|TM|C)\)|®|™/gi, '')
    .replace(/\b(?:CPU|Processor|\d+-Core)\b/g, '')
    .replace(/\s*@\s*[\d.]+\s*GHz/i, '')
    .replace(/\s+/g, ' ')
    .trim()

/** "8 × H100 80 GB" where the name says it, "2 × GeForce RTX 4090 24 GiB" where it does not, or what is known when there is none. */
export function gpuWords(facts: MachineFacts): string {
  if (facts.gpuProblem) return 'GPUs unknown'
  const first = facts.gpus[0]
  if (!first) return 'no NVIDIA GPU'
  const names = new Set(facts.gpus.map(({ name }) => name))
  if (names.size > 1) return `${facts.gpus.length} GPUs`
  const memory = first.memory_MiB === null ? '' : ` ${memoryWords(Math.round(first.memory_MiB / 1024) * 1024)}`
  const name = gpuName(first.name)
  return `${facts.gpus.length} × ${name}${/\d GB/.test(name) ? '' : memory}`
}

/** "H100 80 GB" of "NVIDIA H100 80GB HBM3", "A100 SXM4 80 GB" of "NVIDIA A100-SXM4-80GB". Some names say their memory, some do not. */
export const gpuName = (name: string) =>
  name
    .replace(/^NVIDIA\s+/, '')
    .replace(/\s+HBM\w*$/, '')
    .replace(/-/g, ' ')
    .replace(/(\d)GB\b/, '$1 GB')

/** "GPU 0", "GPUs 0–3, 6", "no GPU". In rising order. */
export function gpuNumbers(numbers: readonly number[]): string {
  if (numbers.length === 0) return 'no GPU'
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  const words = runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ')
  return `${numbers.length === 1 ? 'GPU' : 'GPUs'} ${words}`
}

/** "AMD Ryzen 9 7950X · 16 cores · 64 GiB · no NVIDIA GPU". What could not be read is left out. */
export function machineWords(facts: MachineFacts): string {
  return [
    facts.cpu && cpuName(facts.cpu),
    facts.cores && count(facts.cores, 'core'),
    facts.memory_MiB && memoryWords(facts.memory_MiB),
    gpuWords(facts),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** What an operation is doing, was doing, or will do. */
export const operationWords: Record<OperationKind, { doing: string; done: string; tab: string; verb: string }> = {
  launch: { doing: 'Launching', done: 'Launched', tab: 'Launch', verb: 'launch' },
  stop: { doing: 'Stopping', done: 'Stopped', tab: 'Stop', verb: 'stop' },
  start: { doing: 'Starting', done: 'Started', tab: 'Start', verb: 'start' },
  terminate: { doing: 'Terminating', done: 'Terminated', tab: 'Terminate', verb: 'terminate' },
  'add-nodes': { doing: 'Adding machines', done: 'Machines added', tab: 'Add machines', verb: 'adding of machines' },
  'remove-nodes': { doing: 'Removing nodes', done: 'Nodes removed', tab: 'Remove nodes', verb: 'removal of nodes' },
  'restart-ray': { doing: 'Restarting Ray', done: 'Ray restarted', tab: 'Restart Ray', verb: 'restart of Ray' },
  'upgrade-ray': { doing: 'Upgrading Ray', done: 'Ray upgraded', tab: 'Upgrade Ray', verb: 'upgrade of Ray' },
}

/** Is it still under way, waiting included? */
export const isOpen = (operation: Operation | undefined): operation is Operation & { endedAt: null } =>
  operation !== undefined && operation.endedAt === null
