import { useQuery } from '@tanstack/react-query'
import { unpackHistory } from '../../../shared/history.ts'
import type { GpuFacts, MachineFacts, MachineSample } from '../../../shared/machine.ts'
import { memoryWords } from '../../../shared/memory-words.ts'
import { fresh, history, useMachineProblem } from '../../data/samples.ts'
import { count, percentWords, rateWords } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { Card } from '../../ui/card.tsx'
import { CellRows } from '../../ui/cell-rows.tsx'
import { mean } from '../../ui/cells.ts'
import { LiveText } from '../../ui/live-text.tsx'
import { MachineMeter } from '../../ui/machine-lines.tsx'
import { Note } from '../../ui/note.tsx'
import { GpuProblem } from './gpu-problem.tsx'
import css from './gpus.module.css'
import { type ChartLine, LineChart } from './line-chart.tsx'
import { linesOf, type Pick } from './lines.ts'
import { type Shown, type Span, type SpanKey, spans } from './span.ts'

type Column = readonly (number | null)[]
/** A chart of one machine: its lines, and what they are read from. */
type Plan = { pick: Pick; top(): number | null; words(value: number): string }

const HEIGHT_PX = { gpu: 56, machine: 120 }
const ONE: readonly ChartLine[] = [{ name: '' }]
const MEMORY: readonly ChartLine[] = [{ name: 'memory' }, { name: 'swap', second: true }]
const NETWORK: readonly ChartLine[] = [{ name: '↓' }, { name: '↑', second: true }]
/** The past is read again as often as it grows, ms. */
const AGAIN_MS = { least: 20_000, most: 5 * 60_000 }

/** A machine's GPUs side by side, and its CPU, memory, network and disk below: the past as it was kept, then what is read now. */
export function NodeCharts(props: {
  title: string
  machineId: string
  facts: MachineFacts
  /** The numbers of the GPUs that the cluster holds: of the others the table tells. */
  held: readonly number[]
  span: SpanKey
  show: Shown
}) {
  const { title, machineId, facts, held, show } = props
  const span = spans[props.span]
  const { data: past, isPending } = usePast(machineId, props.span)
  const unread = useMachineProblem([machineId])
  const read = (pick: Pick, count: number) => (from: number, to: number) =>
    isPending && !span.raw ? null : linesOf(count, pick, { past, samples: history(machineId) }, { from, to, raw: span.raw })
  const now = (pick: Pick) => () => {
    const sample = fresh(machineId)
    return sample ? pick.live(sample) : []
  }
  const chart = (name: string, lines: readonly ChartLine[], plan: Plan) => (
    <LineChart
      name={`${name} of ${title}`}
      title={name}
      lines={lines}
      span={span}
      read={read(plan.pick, lines.length)}
      now={now(plan.pick)}
      top={plan.top}
      words={plan.words}
      height_px={HEIGHT_PX.machine}
      axes
    />
  )
  return (
    <Card title={title} note={<span className={css.host}>{facts.hostname}</span>} className={css.node}>
      {unread && (
        <Note tone="needs" title={`${title} cannot be read`}>
          {unread}
        </Note>
      )}
      <GpuProblem machineId={machineId} known={facts.gpuProblem} />
      {held.length === 0 ? (
        facts.gpuProblem === null && (
          <p className={css.none}>
            {facts.gpus.length > 0
              ? `Other clusters hold the ${count(facts.gpus.length, 'GPU')} of this machine: the table below says which.`
              : 'No NVIDIA GPU here: nvidia-smi is not installed, or finds none.'}{' '}
            What the machine itself does is below.
          </p>
        )
      ) : (
        <div className={css.gpus} style={{ '--columns': Math.min(8, held.length) } as React.CSSProperties}>
          {held.map((i) => {
            const gpu = facts.gpus[i]!
            const plan = gpuPlan(show, gpu, i)
            return (
              <LineChart
                key={gpu.uuid}
                name={`GPU ${i} ${show} of ${title}`}
                title={`GPU ${i}`}
                lines={ONE}
                span={span}
                read={read(plan.pick, 1)}
                now={now(plan.pick)}
                top={plan.top}
                words={plan.words}
                height_px={HEIGHT_PX.gpu}
                axes={false}
                foot={<GpuNow machineId={machineId} gpu={gpu} index={i} />}
              />
            )
          })}
        </div>
      )}
      <div className={css.cores}>
        <CellRows rows={[{ key: machineId, label: 'cores', machineId, gpus: [], cores: facts.cores }]} />
      </div>
      <div className={css.machine}>
        {chart('CPU', ONE, cpu)}
        {chart('Memory', MEMORY, memoryPlan(machineId))}
        {chart('Network', NETWORK, network)}
        {chart('Disk used', ONE, diskPlan(machineId))}
      </div>
    </Card>
  )
}

/** What was kept of the machine, read again as it grows. */
function usePast(machineId: string, key: SpanKey) {
  const span: Span = spans[key]
  const every_ms = Math.min(AGAIN_MS.most, Math.max(AGAIN_MS.least, span.length_ms / span.steps))
  return useQuery({
    queryKey: ['history', machineId, key],
    queryFn: async ({ signal }) => {
      const to = Date.now()
      return unpackHistory(
        await api.machines.history({ machineId, from: to - span.length_ms, to, steps: span.steps }, { signal }),
      )
    },
    refetchInterval: every_ms,
    staleTime: every_ms,
    structuralSharing: false,
  })
}

/** What stands below a GPU's line, whichever it shows. */
function GpuNow({ machineId, gpu, index }: { machineId: string; gpu: GpuFacts; index: number }) {
  const now = () => fresh(machineId)?.gpus
  return (
    <div className={css.now}>
      <MachineMeter
        read={() => {
          const used = now()?.memoryUsed_MiB[index]
          return used == null || !gpu.memory_MiB ? null : { part: used, whole: gpu.memory_MiB }
        }}
      />
      <LiveText read={() => or(now()?.memoryUsed_MiB[index], (used) => memoryWords(used, 0))} />
      <LiveText
        read={() =>
          [
            or(now()?.temperature_C[index], (heat) => `${Math.round(heat)} °C`),
            or(now()?.power_W[index], (watts) => `${Math.round(watts)} W`),
          ].join(' · ')
        }
      />
    </div>
  )
}

const or = (value: number | null | undefined, words: (value: number) => string) => (value == null ? '–' : words(value))

function gpuPlan(show: Shown, { uuid, memory_MiB }: GpuFacts, index: number): Plan {
  const column = { use: 'use_percent', memory: 'memoryUsed_MiB', heat: 'temperature_C', power: 'power_W' } as const
  const name = column[show]
  const pick: Pick = {
    past: ({ gpus }) => [gpus.find((gpu) => gpu.uuid === uuid)?.[name] ?? []],
    live: ({ gpus }) => [gpus?.[name][index] ?? null],
  }
  switch (show) {
    case 'use':
      return { pick, top: () => 100, words: percentWords }
    case 'memory':
      return { pick, top: () => memory_MiB, words: (used) => memoryWords(used) }
    case 'heat':
      return { pick, top: () => 100, words: (heat) => `${Math.round(heat)} °C` }
    case 'power':
      return { pick, top: () => null, words: (watts) => `${Math.round(watts)} W` }
  }
}

const cpu: Plan = {
  pick: { past: ({ cores_percent }) => [cores_percent], live: ({ cores_percent }) => [mean(cores_percent)] },
  top: () => 100,
  words: percentWords,
}

const network: Plan = {
  pick: { past: ({ down_Bps, up_Bps }) => [down_Bps, up_Bps], live: ({ down_Bps, up_Bps }) => [down_Bps, up_Bps] },
  top: () => null,
  words: rateWords,
}

const newest = (machineId: string, total: (sample: MachineSample) => number | null) => {
  const sample = history(machineId).at(-1)
  return sample ? total(sample) : null
}

const memoryPlan = (machineId: string): Plan => ({
  pick: {
    past: ({ memoryUsed_MiB, swapUsed_MiB }): readonly Column[] => [memoryUsed_MiB, swapUsed_MiB],
    live: ({ memoryUsed_MiB, swapUsed_MiB }) => [memoryUsed_MiB, swapUsed_MiB],
  },
  top: () => newest(machineId, ({ memoryTotal_MiB }) => memoryTotal_MiB),
  words: (used) => memoryWords(used),
})

const diskPlan = (machineId: string): Plan => ({
  pick: { past: ({ diskUsed_MiB }) => [diskUsed_MiB], live: ({ diskUsed_MiB }) => [diskUsed_MiB] },
  top: () =>
    newest(machineId, ({ diskUsed_MiB, diskFree_MiB }) =>
      diskUsed_MiB === null || diskFree_MiB === null ? null : diskUsed_MiB + diskFree_MiB,
    ),
  words: (used) => memoryWords(used),
})
