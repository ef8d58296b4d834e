import { type PointerEvent, useEffect, useRef } from 'react'
import type { LogStripRow } from '../../../shared/log.ts'
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

type Props = {
  first: number
  count: number
  /** The lines in sight, the end exclusive. */
  from: number
  to: number
  /** Null: not known. */
  rows: readonly LogStripRow[] | null
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
    let [width, height] = [0, 0]
    paint.current = () => {
      const scale = window.devicePixelRatio
      context.setTransform(scale, 0, 0, scale, 0, 0)
      draw(context, width, height, latest.current, readInk())
    }
    const resize = new ResizeObserver(([entry]) => {
      width = entry!.contentRect.width
      height = entry!.contentRect.height
      element.width = Math.round(width * window.devicePixelRatio)
      element.height = Math.round(height * window.devicePixelRatio)
      paint.current()
    })
    resize.observe(element)
    const stopInk = onInkChange(() => paint.current())
    return () => {
      stopInk()
      resize.disconnect()
    }
  }, [])
  // What is in sight changes with every frame of a scroll: that is no part of the picture.
  useEffect(() => paint.current(), [first, count, rows, hits])

  const move = (event: PointerEvent<HTMLElement>) => {
    const { top, height } = canvas.current!.getBoundingClientRect()
    onMove(Math.round(first + ((event.clientY - top) / height) * (count - first) - (to - from) / 2))
  }
  const words = [
    `lines ${number(Math.min(count, from + 1))} to ${number(Math.min(count, to))} of ${number(count)}`,
    hits.length > 0 && countWords(hits.length, 'hit'),
    rows?.some(({ err }) => err > 0) && 'stderr in red',
  ]
  const part = (line: number) => (Math.min(line, count) - first) / Math.max(1, count - first)
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
      {count > first && (
        <span className={css.frame}>
          <span
            className={css.window}
            style={{
              top: `min(${part(from) * 100}%, 100% - ${WINDOW_LEAST_PX}px)`,
              height: `max(${WINDOW_LEAST_PX}px, ${(part(to) - part(from)) * 100}%)`,
            }}
          />
        </span>
      )}
    </div>
  )
}

function draw(context: CanvasRenderingContext2D, width: number, height: number, props: Props, ink: Ink) {
  const { first, count, rows, hits } = props
  context.clearRect(0, 0, width, height)
  if (count <= first || height <= 0) return
  const y = (line: number) => ((line - first) / (count - first)) * height
  if (rows) drawRows(context, width - LABEL_PX - HITS_PX - 6, height, rows, y, ink)
  context.fillStyle = ink.needs
  let drawn = -2
  for (const hit of hits) {
    const at = Math.round(y(hit))
    if (at - drawn < 2) continue
    context.fillRect(width - HITS_PX - 1, Math.min(at, height - 2), HITS_PX, 2)
    drawn = at
  }
}

function drawRows(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  rows: readonly LogStripRow[],
  y: (line: number) => number,
  ink: Ink,
) {
  const rates = rows.map((row, i) => rate(row, rows[i + 1]))
  const most = Math.max(...rates.map((value) => value ?? 0))
  for (const [i, row] of rows.entries()) {
    const top = y(row.n)
    const tall = Math.min(BAR_PX, (rows[i + 1] ? y(rows[i + 1]!.n) : height) - top)
    // A third of a bar for the slowest, a whole one for the fastest: rates lie orders of magnitude apart.
    const share = most > 0 && rates[i] !== null ? Math.log1p(rates[i]!) / Math.log1p(most) : 1
    const long = width * (0.35 + 0.65 * share)
    context.fillStyle = ink.lineStrong
    context.fillRect(LABEL_PX, top + 1, long, tall)
    if (row.err <= 0) continue
    context.fillStyle = ink.failed
    context.fillRect(LABEL_PX, top + 1, Math.max(2, long * row.err), tall)
  }
  context.fillStyle = ink.text3
  context.font = `11px ${ink.font}`
  context.textBaseline = 'middle'
  let last = -LABELS_APART_PX
  let said = ''
  for (const { n, at } of rows) {
    const middle = Math.max(8, y(n) + BAR_PX / 2)
    const words = clockTime(at).slice(0, 5)
    if (middle - last < LABELS_APART_PX || middle > height - 8 || words === said) continue
    context.fillText(words, 8, middle)
    said = words
    last = middle
  }
}

/** How fast lines came up to the next row, a second; null: the last row's end is not known. */
const rate = (row: LogStripRow, next: LogStripRow | undefined) =>
  next ? ((next.n - row.n) * 1000) / Math.max(1, next.at - row.at) : null

/** How many rows a strip of this height has. */
export const stripRows = (height_px: number) => Math.max(1, Math.floor(height_px / ROW_PX))
