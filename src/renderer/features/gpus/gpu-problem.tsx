import { useSyncExternalStore } from 'react'
import { explainGpuProblem } from '../../../shared/gpu-problem.ts'
import { latest, onSamples } from '../../data/samples.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Note } from '../../ui/note.tsx'
import css from './gpus.module.css'

/** Why GPUs of a machine cannot be read, in plain words with the way out and nvidia-smi's own; nothing while they can be. `known`: as of the last check. */
export function GpuProblem({ machineId, known }: { machineId: string; known: string | null }) {
  const problem = useSyncExternalStore(onSamples, () => {
    const sample = latest(machineId)
    return sample && sample.problem === null ? sample.gpuProblem : known
  })
  if (problem === null) return null
  const { what, wayOut, command } = explainGpuProblem(problem)
  return (
    <Note tone="needs" title={what}>
      {wayOut}
      {command && (
        <span className={css.command}>
          <code>{command}</code>
          <CopyButton text={command} label="Copy the command" />
        </span>
      )}
      <span className={css.raw}>{problem}</span>
    </Note>
  )
}
