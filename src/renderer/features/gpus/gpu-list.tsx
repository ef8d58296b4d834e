import { SegmentedControl, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useDetails } from '../../data/details.ts'
import { fresh } from '../../data/samples.ts'
import { count } from '../../data/words.ts'
import { type GpuState, gpuRows, type Machine, matches, nowOf, type Sort, sorted, stateOf, states } from './gpu-rows.ts'
import { GpuTable } from './gpu-table.tsx'
import css from './gpus.module.css'

/** Rows that are sorted by what changes are put in order so often: more would be unrest. */
const ORDER_EVERY_MS = 5_000

/** All GPUs of some machines: searched, filtered and sorted. */
export function GpuList({ machines, lead }: { machines: readonly Machine[]; lead: ReactNode }) {
  const [search, setSearch] = useState('')
  const [state, setState] = useState<GpuState>('all')
  const [sort, setSort] = useState<Sort>({ by: 'gpu', down: false })
  const details = useDetails(machines.map(({ machineId }) => machineId))
  useBeat(ORDER_EVERY_MS)
  const all = gpuRows(machines).map((row) => ({ row, now: nowOf(row, fresh(row.machine.machineId), details) }))
  const shown = all.filter(({ row, now }) => (state === 'all' || stateOf(now) === state) && matches(row, now, search))
  return (
    <div className={css.list}>
      <div className={css.tools}>
        {lead}
        <span className={css.end}>
          <SegmentedControl
            aria-label="Which GPUs"
            value={state}
            onChange={(value) => setState(value as GpuState)}
            data={Object.entries(states).map(([value, label]) => ({
              value,
              label: `${label} ${value === 'all' ? all.length : all.filter(({ now }) => stateOf(now) === value).length}`,
            }))}
          />
          <TextInput
            aria-label="Search GPUs"
            placeholder="Cluster, host, model, process, user…"
            leftSection={<IconSearch size={15} stroke={1.75} />}
            w={280}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        </span>
      </div>
      {shown.length === 0 ? (
        <p className={css.none}>
          {search === ''
            ? `No GPU is ${states[state].toLowerCase()} now.`
            : `None of ${count(all.length, 'GPU')} is found by “${search}”.`}
        </p>
      ) : (
        <GpuTable rows={sorted(shown, sort).map(({ row }) => row)} details={details} sort={sort} onSort={setSort} />
      )}
    </div>
  )
}

function useBeat(every_ms: number) {
  const [, beat] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => beat((n) => n + 1), every_ms)
    return () => clearInterval(timer)
  }, [every_ms])
}
