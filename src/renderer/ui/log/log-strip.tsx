import { type PointerEvent, useEffect, useRef } from 'react'
import { clockTime } from '../../data/time.ts'
import { count as countWords, number } from '../../data/words.ts'
import { type Ink, onInkChange, readInk } from '../ink.ts'
import css from './log-strip.module.css'

const BAR_PX = 4
const ROW_PX = 6
const LABEL_PX = 44
const HITS_PX = 10
const LABELS_APART_PX = 56
const WINDOW_LEAST_PX = 8

/** A part of the lines of a log, one of many alike: when its first line was written, and how many of its lines are stderr's, 0–1. */
export type StripRow = { at: number | null; err: number }

type Props = {
  first: number
  count: number
  /** The lines in sight, the end exclusive. */
  from: number
  to: number
  /** Null: not known. */
  rows: readonly StripRow[] | null
  hits: readonly number[]
  /** The id of what it scrolls. */
  controls: string
  onMove(line: number): void
}

/** The whole log at a glance, and the way to any place in it: how fast lines came, what was stderr, what was found, what is in sight. */
export function LogStrip(props: Props) {
  const { first, count, from, to, rows, hits, controls, onMove } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const latest = useRef(props)
  latest.current = props
  const paint = useRef(() => {})

  useEffect(() => {
    const element = canvas.current!
    const context = element.getContext('2d')!
    paint.current = () => {
      const scale = window.devicePixelRatio
      context.setTransform(scale, 0, 0, scale, 0, 0)
      draw(context, element.clientWidth, element.clientHeight, latest.current, readInk())
    }
    const resize = new ResizeObserver(() => {
      element.width = Math.round(element.clientWidth * window.devicePixelRatio)
      element.height = Math.round(element.clientHeight * window.devicePixelRatio)
      paint.current()
    })
    resize.observe(element)
    const stopInk = onInkChange(() => paint.current())
    return () => {
      stopInk()
      resize.disconnect()
    }
  }, [])
  useEffect(() => paint.current(), [first, count, from, to, rows, hits])

  const move = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const at = (event.clientY - box.top) / box.height
    onMove(Math.round(first + at * (count - first) - (to - from) / 2))
  }
  const words = [
    `lines ${number(Math.min(count, from + 1))} to ${number(Math.min(count, to))} of ${number(count)}`,
    hits.length > 0 && countWords(hits.length, 'hit'),
    rows?.some(({ err }) => err > 0) && 'stderr in red',
  ]
  return (
    <div
      className={css.strip}
      role="scrollbar"
      tabIndex={-1}
      aria-label="Place in the log"
      aria-controls={controls}
      aria-orientation="vertical"
      aria-valuemin={Math.min(count, first + 1)}
      aria-valuemax={count}
      aria-valuenow={Math.min(count, from + 1)}
      aria-valuetext={words.filter(Boolean).join(', ')}
      onPointerDown={(event) => {
        event.preventDefault()
        event.currentTarget.setPointerCapture(event.pointerId)
        move(event)
      }}
      onPointerMove={(event) => {
        if (event.buttons & 1) move(event)
      }}
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: this canvas takes no focus */}
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  )
}

function draw(context: CanvasRenderingContext2D, width: number, height: number, props: Props, ink: Ink) {
  const { first, count, from, to, rows, hits } = props
  context.clearRect(0, 0, width, height)
  const total = count - first
  if (total <= 0 || height <= 0) return
  const y = (line: number) => ((line - first) / total) * height
  const barsFrom = LABEL_PX
  const barsWidth = width - LABEL_PX - HITS_PX - 6
  if (rows) {
    const rates = rows.map((row, i) => rate(row.at, rows[i + 1]?.at ?? null))
    const most = Math.max(...rates.map((value) => value ?? 0))
    const step = height / rows.length
    for (const [i, row] of rows.entries()) {
      // Half a bar for the slowest, a whole one for the fastest: rates lie orders of magnitude apart.
      const share = most > 0 && rates[i] !== null ? Math.log1p(rates[i]!) / Math.log1p(most) : 1
      const long = barsWidth * (0.35 + 0.65 * share)
      context.fillStyle = ink.lineStrong
      context.fillRect(barsFrom, i * step + 1, long, Math.min(BAR_PX, step))
      if (row.err > 0) {
        context.fillStyle = ink.failed
        context.fillRect(barsFrom, i * step + 1, Math.max(2, long * row.err), Math.min(BAR_PX, step))
      }
    }
    context.fillStyle = ink.text3
    context.font = `11px ${ink.font}`
    context.textBaseline = 'middle'
    let last = -LABELS_APART_PX
    let said = ''
    for (const [i, { at }] of rows.entries()) {
      const middle = Math.max(8, i * step + step / 2)
      if (at === null || middle - last < LABELS_APART_PX || middle > height - 8) continue
      const words = clockTime(at).slice(0, 5)
      if (words === said) continue
      context.fillText(words, 8, middle)
      said = words
      last = middle
    }
  }
  context.fillStyle = ink.needs
  let drawn = -2
  for (const hit of hits) {
    const at = Math.round(y(hit))
    if (at - drawn < 2) continue
    context.fillRect(width - HITS_PX - 1, Math.min(at, height - 2), HITS_PX, 2)
    drawn = at
  }
  const top = y(Math.min(from, count))
  const tall = Math.max(WINDOW_LEAST_PX, y(Math.min(to, count)) - top)
  const box = Math.min(top, height - tall)
  context.fillStyle = ink.text3
  context.strokeStyle = ink.text3
  context.beginPath()
  context.roundRect(barsFrom - 4.5, Math.max(0, box) + 0.5, width - barsFrom + 3, tall - 1, 3)
  context.globalAlpha = 0.18
  context.fill()
  context.globalAlpha = 1
  context.stroke()
}

/** How fast lines came, up to the next row: only what it is beside the others means something. */
const rate = (at: number | null, next: number | null) => (at === null || next === null ? null : 1e6 / Math.max(1, next - at))

/** How many rows a strip of this height has. */
export const stripRows = (height_px: number) => Math.max(1, Math.floor(height_px / ROW_PX))
