import { memoryWords } from '../../../shared/memory-words.ts'
import table from '../../ui/table.module.css'
import type { GpuNow, GpuRow } from './gpu-rows.ts'
import css from './gpus.module.css'

/** Everything that computes on some GPUs, the largest first. */
export function Processes({ rows }: { rows: readonly { row: GpuRow; now: GpuNow }[] }) {
  const unknown = rows.filter(({ now }) => (now.details?.processes ?? null) === null).length
  const all = rows
    .flatMap(({ row, now }) => (now.details?.processes ?? []).map((process) => ({ row, process })))
    .sort((a, b) => (b.process.memory_MiB ?? 0) - (a.process.memory_MiB ?? 0))
  if (all.length === 0)
    return <p className={css.none}>{unknown > 0 ? 'What computes here is not known.' : 'Nothing computes here now.'}</p>
  const several = new Set(rows.map(({ row }) => row.machine.machineId)).size > 1
  return (
    <div className={css.processes}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>GPU</th>
            <th data-number>PID</th>
            <th>User</th>
            <th>Command</th>
            <th data-number>GPU memory</th>
          </tr>
        </thead>
        <tbody>
          {all.map(({ row, process: { pid, user, command, memory_MiB } }) => (
            <tr key={`${row.key}/${pid}`}>
              <td>
                {several && `${row.machine.on[0]?.node ?? row.machine.name} · `}
                {row.index}
              </td>
              <td data-number>{pid}</td>
              <td>{user ?? 'unknown'}</td>
              <td className={css.line} title={command ?? undefined}>
                {command ?? 'unknown: it runs outside of what this user can see'}
              </td>
              <td data-number>{memory_MiB === null ? 'unknown' : memoryWords(memory_MiB)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
