import type { Amount, Task, TaskResources } from '../../../shared/task/task.ts'

/** What a task can have there. Null: unknown. */
export type Have = {
  kind: string
  nodes: number
  gpuCount: number
  gpuName: string | null
  cores: number | null
  memory_MiB: number | null
}

/** Why the task cannot run there, as a clause; null: it can, as far as is known. One candidate that fits is enough. */
export function whyNot(task: Task, have: Have): string | null {
  if (task.numNodes > have.nodes)
    return `the task wants ${task.numNodes} nodes, and here ${have.nodes === 1 ? 'is 1' : `are ${have.nodes}`}`
  const reasons = task.resources.map((resources) => lacking(resources, have))
  return reasons.includes(null) ? null : (reasons[0] ?? null)
}

function lacking({ infra, accelerators, cpus, memory_GB }: TaskResources, have: Have): string | null {
  const cloud = infra?.split('/')[0]?.toLowerCase()
  if (cloud && cloud !== '*' && !(KINDS[have.kind] ?? [have.kind]).includes(cloud)) return `the task wants \`${infra}\``
  if (accelerators.length > 0 && !accelerators.some((one) => hasGpus(one, have))) {
    const wanted = accelerators.map(({ name, count }) => `${count} × ${name}`).join(' or ')
    return `the task wants ${wanted}, and here ${have.gpuCount === 0 ? 'is no GPU' : `are ${have.gpuCount} × ${have.gpuName ?? 'GPU'}`}`
  }
  if (isLess(have.cores, cpus)) return `the task wants ${cpus!.value} cores, and here are ${have.cores}`
  // A machine of 64 GB shows a little less: what the firmware keeps is missing.
  const GiB = have.memory_MiB === null ? null : Math.round((have.memory_MiB / 1024) * 1.05)
  if (isLess(GiB, memory_GB))
    return `the task wants ${memory_GB!.value} GB of memory, and here are ${Math.floor(have.memory_MiB! / 1024)}`
  return null
}

/** What a place's kind is called in `infra`. */
const KINDS: Record<string, string[]> = { local: ['local'], kubernetes: ['k8s', 'kubernetes'] }

const isLess = (have: number | null, want: Amount | null) => have !== null && want !== null && have < want.value

/** "A100-80GB" is "NVIDIA A100-SXM4-80GB": all its words are in the machine's. */
function hasGpus({ name, count }: { name: string; count: number }, { gpuCount, gpuName }: Have): boolean {
  if (gpuCount < count) return false
  if (gpuName === null) return true
  const has = wordsOf(gpuName).join(' ')
  return wordsOf(name).every((word) => has.includes(word))
}

const wordsOf = (name: string) =>
  name
    .toUpperCase()
    .replace(/(\d) (?=GI?B)/g, '$1')
    .split(/[\s_.-]+/)
