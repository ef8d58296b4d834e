import './language.ts'
import 'uplot/dist/uPlot.min.css'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import uPlot from 'uplot'
import { onSamples } from '../../data/samples.ts'
import { clockTime, fullTime } from '../../data/time.ts'
import { type Ink, onInkChange, readInk } from '../../ui/ink.ts'
import css from './line-chart.module.css'
import { type Lines, lineFigures } from './lines.ts'
import { setPointed } from './pointed.ts'
import type { Span } from './span.ts'

type Value = number | null

export type ChartLine = {
  name: string /** A second line is dashed and grey: it is told apart without its colour. */
  second?: true
}

type Props = {
  /** "GPU 0 use": for who cannot see it. */
  name: string
  title: ReactNode
  lines: readonly ChartLine[]
  span: Span
  /** Reads what is known by now; null: the past is on its way, and the picture before it stays. */
  read(from: number, to: number): Lines | null
  /** The reading of this moment, a value for each line; empty: none. */
  now(): readonly Value[]
  /** The right end of the vertical axis; null: by what is shown. */
  top(): number | null
  /** One value in words, with its unit. */
  words(value: number): string
  height_px: number
  /** Small charts side by side have none: their place in the row, and the pointer, say when. */
  axes: boolean
  foot?: ReactNode
}

/** Every chart of a page points at the same moment. */
const SYNC = 'styx-gpus'
/** The words of a picture need not follow it, nor a picture of days every second. */
const SELDOM_MS = 10_000

/** A chart that follows what is read, at most once a frame and only while it is on the screen. The pointer shows the same moment on all charts. */
export function LineChart(props: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const readout = useRef<HTMLSpanElement>(null)
  const caption = useRef<HTMLElement>(null)
  const id = useId()
  const latest = useRef(props)
  latest.current = props
  const redraw = useRef(() => {})

  useEffect(() => {
    const element = frame.current!
    let plot: uPlot | null = null
    let lines: Lines = { at_s: [], values: [], unknown: [] }
    let [from, to] = [0, 1]
    let visible = false
    // Reading it from the page would lay the page out again for every chart.
    let width = 0
    let [saidAt, drawnAt] = [0, 0]

    const say = () => {
      const index = plot?.cursor.idx ?? null
      const text = readoutOf(latest.current, lines, index)
      if (readout.current && readout.current.textContent !== text) readout.current.textContent = text
    }
    const draw = () => {
      if (!visible || width === 0) return
      const now = Date.now()
      if (!latest.current.span.raw && now - drawnAt < SELDOM_MS) return say()
      const read = latest.current.read(now - latest.current.span.length_ms, now)
      if (read === null) return say()
      lines = read
      to = now
      from = now - latest.current.span.length_ms
      drawnAt = now
      const data = [lines.at_s, ...lines.values] as uPlot.AlignedData
      if (plot) plot.setData(data)
      else plot = make(data)
      say()
      if (to - saidAt > SELDOM_MS && caption.current) {
        saidAt = to
        caption.current.textContent = inWords(latest.current, lines)
      }
    }
    const make = (data: uPlot.AlignedData): uPlot => {
      const { lines: drawn, axes, height_px } = latest.current
      return new uPlot(
        {
          width,
          height: height_px,
          padding: axes ? [8, 24, 0, 0] : [3, 0, 3, 0],
          legend: { show: false },
          cursor: {
            y: false,
            drag: { x: false, y: false },
            points: { size: 5, width: 0 },
            sync: { key: SYNC, scales: ['x', null] },
          },
          scales: {
            x: { range: () => [from / 1000, to / 1000] },
            y: { range: (_, __, most) => [0, latest.current.top() ?? Math.max(most ?? 0, 1) * 1.15] },
          },
          axes: axesOf(axes, () => latest.current),
          series: [{}, ...drawn.map(({ second }) => seriesOf(second === true))],
          hooks: {
            drawClear: [(chart) => hatch(chart, lines.unknown)],
            setCursor: [
              (chart) => {
                setPointed(chart.cursor.idx == null ? null : (lines.at_s[chart.cursor.idx] ?? 0) * 1000)
                say()
              },
            ],
          },
        },
        data,
        element,
      )
    }
    const remake = () => {
      plot?.destroy()
      plot = null
      drawnAt = 0
      draw()
    }
    redraw.current = () => {
      saidAt = 0
      drawnAt = 0
      draw()
    }
    const resize = new ResizeObserver(([entry]) => {
      width = entry!.contentRect.width
      if (plot && width > 0) plot.setSize({ width, height: latest.current.height_px })
      else draw()
    })
    const seen = new IntersectionObserver(
      ([entry]) => {
        visible = entry!.isIntersecting
        drawnAt = 0
        draw()
      },
      { rootMargin: '120px' },
    )
    resize.observe(element)
    seen.observe(element)
    const stops = [
      onSamples(draw),
      onInkChange(remake),
      () => resize.disconnect(),
      () => seen.disconnect(),
      () => plot?.destroy(),
    ]
    return () => {
      for (const stop of stops) stop()
    }
    // What makes a chart another one: the rest is read as it draws.
  }, [props.axes, props.height_px, props.lines.length])
  // Another span, and the past that belongs to it, arrive by a render.
  useEffect(() => redraw.current())

  return (
    <figure className={css.chart} aria-labelledby={id}>
      <div className={css.head} aria-hidden="true">
        <span>{props.title}</span>
        <span ref={readout} className={`tabular ${css.readout}`} />
      </div>
      <div ref={frame} className={css.plot} style={{ height: props.height_px }} aria-hidden="true" />
      {props.foot && <div className={css.foot}>{props.foot}</div>}
      <figcaption ref={caption} id={id} className="visually-hidden">
        {props.name}
      </figcaption>
    </figure>
  )
}

function seriesOf(second: boolean): uPlot.Series {
  const ink = readInk()
  const colour = second ? ink.text3 : ink.use[4]!
  return {
    stroke: colour,
    width: 1.25,
    ...(second ? { dash: [4, 3] } : { fill: `color-mix(in srgb, ${colour} 16%, transparent)` }),
    points: { show: false },
    spanGaps: false,
  }
}

function axesOf(show: boolean, now: () => Props): uPlot.Axis[] {
  if (!show) return [{ show: false }, { show: false }]
  const ink = readInk()
  const look = { stroke: ink.text3, font: '11px "Inter Variable"', grid: { stroke: ink.line, width: 1 }, ticks: { show: false } }
  return [
    {
      ...look,
      size: 22,
      gap: 4,
      space: 88,
      grid: { show: false },
      values: (_, at) => at.map((at_s) => now().span.tick(at_s * 1000)),
    },
    {
      ...look,
      size: 62,
      gap: 6,
      space: 30,
      splits: (_, __, ___, most) => (now().top() === null ? roundSplits(most) : [0, most / 2, most]),
      values: (_, values) => values.map((value) => now().words(value)),
    },
  ]
}

/** Two or three round numbers up to the most. */
function roundSplits(most: number): number[] {
  const about = most / 3
  const power = 10 ** Math.floor(Math.log10(about))
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= about) ?? about
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step)
}

/** What is not known is hatched, never a line at zero. */
function hatch(chart: uPlot, unknown: Lines['unknown']) {
  const { ctx, bbox } = chart
  const ink: Ink = readInk()
  ctx.save()
  ctx.beginPath()
  for (const [from, to] of unknown) {
    const left = Math.max(bbox.left, chart.valToPos(from, 'x', true))
    const right = Math.min(bbox.left + bbox.width, chart.valToPos(to, 'x', true))
    if (right > left) ctx.rect(left, bbox.top, right - left, bbox.height)
  }
  ctx.clip()
  ctx.beginPath()
  const pitch = 7 * devicePixelRatio
  for (let x = bbox.left - bbox.height; x < bbox.left + bbox.width; x += pitch) {
    ctx.moveTo(x, bbox.top + bbox.height)
    ctx.lineTo(x + bbox.height, bbox.top)
  }
  ctx.setLineDash([])
  ctx.strokeStyle = ink.hatch
  ctx.globalAlpha = 0.32
  ctx.lineWidth = devicePixelRatio
  ctx.stroke()
  ctx.restore()
}

/** At the pointer, else now: "93 %", "↓ 1.2 MB/s · ↑ 3 kB/s". */
function readoutOf({ lines: drawn, words, now }: Props, { values }: Lines, index: number | null): string {
  const at: readonly Value[] = index === null ? now() : values.map((line) => line[index] ?? null)
  if (at.every((value) => value === null)) return 'unknown'
  return drawn
    .map(({ name }, line) => {
      const value = at[line] ?? null
      return `${name} ${value === null ? 'unknown' : words(value)}`.trim()
    })
    .join(' · ')
}

function inWords({ name, lines: drawn, span, words }: Props, { values, unknown }: Lines): string {
  const figures = drawn.map((line, i) => {
    const of = drawn.length === 1 ? '' : `${line.name}: `
    const known = lineFigures(values[i] ?? [])
    if (!known) return `${of}nothing known`
    const now = known.now === null ? 'unknown' : words(known.now)
    return `${of}now ${now}, mean ${words(known.mean)}, from ${words(known.least)} to ${words(known.most)}`
  })
  const gaps = unknown
    .slice(-3)
    .map(
      ([from_s, to_s]) =>
        `from ${span.raw ? clockTime(from_s * 1000) : fullTime(from_s * 1000)} to ${span.raw ? clockTime(to_s * 1000) : fullTime(to_s * 1000)}`,
    )
  return `${name} over ${span.words}. ${figures.join('. ')}.${gaps.length > 0 ? ` Unknown ${gaps.join(', ')}.` : ''}`
}
