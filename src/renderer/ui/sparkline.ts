import type { Ink } from './ink.ts'

/** Draws a series against its time; a gap where nothing was known. `values` null: unknown at that moment. */
export function drawSparkline(
  context: CanvasRenderingContext2D,
  points: readonly { at: number; value: number | null }[],
  frame: { from: number; to: number; top: number; width: number; height: number; colour: string; gap_ms: number },
  ink: Ink,
): void {
  const { from, to, width, height, colour } = frame
  const top = Math.max(frame.top, 1e-9)
  const x = (at: number) => ((at - from) / (to - from)) * width
  const y = (value: number) => height - 1.5 - Math.min(1, value / top) * (height - 4)
  context.lineJoin = 'round'
  context.strokeStyle = ink.line
  context.lineWidth = 1
  context.beginPath()
  context.moveTo(0, height - 0.5)
  context.lineTo(width, height - 0.5)
  context.stroke()
  let run: { x: number; y: number }[] = []
  const flush = () => {
    const [first] = run
    const last = run.at(-1)
    if (first && last) {
      context.beginPath()
      for (const [i, point] of run.entries()) i === 0 ? context.moveTo(point.x, point.y) : context.lineTo(point.x, point.y)
      context.strokeStyle = colour
      context.lineWidth = 1.25
      context.stroke()
      context.lineTo(last.x, height)
      context.lineTo(first.x, height)
      context.closePath()
      context.globalAlpha = 0.16
      context.fillStyle = colour
      context.fill()
      context.globalAlpha = 1
    }
    run = []
  }
  let before = Number.NEGATIVE_INFINITY
  for (const { at, value } of points) {
    if (at < from) continue
    if (value === null || at - before > frame.gap_ms) flush()
    if (value !== null) run.push({ x: x(at), y: y(value) })
    before = at
  }
  flush()
}
