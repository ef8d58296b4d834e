import type { MachineSample } from '../../shared/machine.ts'
import { fresh, history } from '../data/samples.ts'
import type { Ink } from './ink.ts'
import { LiveCanvas } from './live-canvas.tsx'
import { drawSparkline } from './sparkline.ts'

/** A reading of a machine over time; `top` null: against the largest shown. */
export type Series = { value: (sample: MachineSample) => number | null; top: number | null }

const GAP_MS = 6000

/** The last `span_s` seconds of one reading as a line. */
export function MachineLine(props: { machineId: string; series: Series; span_s: () => number; height_px: number }) {
  const { machineId, series, span_s, height_px } = props
  return (
    <LiveCanvas
      height_px={height_px}
      draw={(context, width, height, ink) => {
        const samples = history(machineId)
        // The newest sample is at the edge: the engine's clock rules, not the browser's.
        const to = samples.at(-1)?.at ?? Date.now()
        const from = to - span_s() * 1000
        const points = samples.filter(({ at }) => at >= from).map((sample) => ({ at: sample.at, value: series.value(sample) }))
        const top = series.top ?? Math.max(1, ...points.map(({ value }) => value ?? 0)) * 1.15
        const colour = fresh(machineId) ? ink.use[3]! : ink.text3
        drawSparkline(context, points, { from, to, top, width, height, colour, gap_ms: GAP_MS }, ink)
      }}
    />
  )
}

/** A bar of a part of a whole; hatched when unknown. */
export function MachineMeter({ read }: { read: () => { part: number; whole: number } | null }) {
  return <LiveCanvas height_px={4} draw={(context, width, height, ink) => drawMeter(context, read(), { width, height }, ink)} />
}

function drawMeter(
  context: CanvasRenderingContext2D,
  value: { part: number; whole: number } | null,
  { width, height }: { width: number; height: number },
  ink: Ink,
) {
  context.beginPath()
  context.roundRect(0, 0, width, height, height / 2)
  context.fillStyle = ink.use[0]!
  context.fill()
  if (value === null) {
    context.setLineDash([2, 3])
    context.strokeStyle = ink.hatch
    context.beginPath()
    context.moveTo(0, height / 2)
    context.lineTo(width, height / 2)
    context.stroke()
    context.setLineDash([])
    return
  }
  const filled = Math.min(1, value.part / value.whole) * width
  if (filled <= 0) return
  context.beginPath()
  context.roundRect(0, 0, Math.max(filled, height), height, height / 2)
  context.fillStyle = ink.use[4]!
  context.fill()
}
