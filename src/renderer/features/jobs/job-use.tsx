import type { Job } from '../../../shared/job.ts'
import type { MachineSample } from '../../../shared/machine.ts'
import { useNodes } from '../../data/live.ts'
import { fresh, history, useWatch } from '../../data/samples.ts'
import { percentWords } from '../../data/words.ts'
import { mean } from '../../ui/cells.ts'
import { LiveCanvas } from '../../ui/live-canvas.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { drawSparkline } from '../../ui/sparkline.ts'
import css from './job-page.module.css'

const SPAN_MS = 15 * 60 * 1000
const GAP_MS = 15_000
/** Machines answer each second, but not at the same moment. */
const STEP_MS = 2000

/** What the machines do on which the job runs, now and in the last quarter of an hour: their GPUs, or their cores where they have none. */
export function JobUse({ job }: { job: Job }) {
  const nodes = useNodes(job.clusterId).filter(({ id }) => job.ranks.some(({ nodeId }) => nodeId === id))
  const ids = [...new Set(nodes.flatMap(({ machineId }) => machineId ?? []))]
  useWatch(ids, SPAN_MS / 1000)
  if (ids.length === 0) return null
  const withGpus = nodes.some(({ facts }) => facts?.gpus.length)
  const useOf = (sample: MachineSample | undefined) => mean((withGpus ? sample?.gpus?.use_percent : sample?.cores_percent) ?? [])
  const words = () => {
    const use = mean(ids.map((id) => useOf(fresh(id))))
    return `${withGpus ? 'GPUs' : 'Cores'} ${use === null ? 'unknown' : `${percentWords(use)} busy`}, last 15 min`
  }
  return (
    <div className={css.use} title="Of the machines it runs on, with all that runs there">
      <LiveText read={words} />
      <LiveCanvas
        height_px={26}
        draw={(context, width, height, ink) => {
          const points = meanOverTime(ids, useOf)
          const to = points.at(-1)?.at ?? Date.now()
          const frame = { from: to - SPAN_MS, to, top: 100, width, height, colour: ink.use[3]!, gap_ms: GAP_MS }
          drawSparkline(context, points, frame, ink)
        }}
      />
    </div>
  )
}

/** The mean over the machines, in steps of two seconds. */
function meanOverTime(ids: readonly string[], useOf: (sample: MachineSample) => number | null) {
  const steps = new Map<number, (number | null)[]>()
  for (const id of ids)
    for (const sample of history(id)) {
      const step = Math.floor(sample.at / STEP_MS)
      const values = steps.get(step) ?? []
      values.push(useOf(sample))
      steps.set(step, values)
    }
  return [...steps].sort(([a], [b]) => a - b).map(([step, values]) => ({ at: step * STEP_MS, value: mean(values) }))
}
