import { type PointerEvent as ReactPointerEvent, type RefObject, useRef, useState } from 'react'
import type { LogLine } from '../../../shared/log.ts'
import { visibleText } from './log-row.tsx'
import { ends, type Selection, type Spot, selectedText, wordAt } from './selection.ts'
import type { Frame, LogWindow } from './use-log-window.ts'

/** Near an edge the lines go on by themselves, so much faster the farther out. */
const EDGE_PX = 12
/** What one copy may hold: more is for a download. */
const COPY_LINES = 200_000
const COPY_CHARS = 32 * 1024 * 1024

export type Copied = { lines: number } | { problem: string }

/** Text selected with the mouse, as far as the log goes: also what scrolled out of sight. */
export function useLogSelection(box: RefObject<HTMLElement | null>, log: LogWindow) {
  const [selection, setSelection] = useState<Selection | null>(null)
  const state = useRef({ dragging: false, x: 0, y: 0, frame: 0 }).current
  const latest = useRef(log)
  latest.current = log

  const select = (next: Selection | null) => {
    setSelection(next)
    latest.current.redraw()
  }

  const onPointerDown = (event: ReactPointerEvent) => {
    if (event.button !== 0 || event.pointerType === 'touch') return
    if ((event.target as Element).closest('button, a')) return
    const spot = spotAt(box.current, latest.current.frame, event.clientX, event.clientY)
    event.preventDefault()
    box.current?.focus({ preventScroll: true })
    if (!spot) return
    if (event.shiftKey && selection) select({ ...selection, head: spot })
    else select({ anchor: spot, head: spot })
    state.dragging = true
    box.current?.setPointerCapture(event.pointerId)
  }

  const onPointerMove = (event: ReactPointerEvent) => {
    if (!state.dragging) return
    state.x = event.clientX
    state.y = event.clientY
    extend()
  }

  function extend() {
    const element = box.current
    if (!element) return
    const { top, bottom } = element.getBoundingClientRect()
    const out_px = state.y < top + EDGE_PX ? state.y - top - EDGE_PX : state.y > bottom - EDGE_PX ? state.y - bottom + EDGE_PX : 0
    const head = spotAt(element, latest.current.frame, state.x, Math.min(Math.max(state.y, top + 1), bottom - 1))
    if (head) setSelection((now) => (now && (now.head.n !== head.n || now.head.column !== head.column) ? { ...now, head } : now))
    if (out_px !== 0) latest.current.moveBy(out_px)
    cancelAnimationFrame(state.frame)
    state.frame = out_px === 0 ? 0 : requestAnimationFrame(extend)
  }

  const onPointerUp = () => {
    state.dragging = false
    cancelAnimationFrame(state.frame)
    setSelection((now) => (now && now.anchor.n === now.head.n && now.anchor.column === now.head.column ? null : now))
  }

  const onDoubleClick = (event: { clientX: number; clientY: number }) => {
    const spot = spotAt(box.current, latest.current.frame, event.clientX, event.clientY)
    const line = spot && lineAt(latest.current.frame, spot.n)
    if (!spot || !line) return
    const { from, to } = wordAt(visibleText(line), spot.column)
    select({ anchor: { n: spot.n, column: from }, head: { n: spot.n, column: to } })
  }

  const selectAll = () => {
    const { frame } = latest.current
    if (!frame?.info || frame.lines === 0) return
    select({ anchor: { n: frame.info.firstLine, column: 0 }, head: { n: frame.lines - 1, column: Number.POSITIVE_INFINITY } })
  }

  return {
    selection,
    select,
    selectAll,
    handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onDoubleClick },
  }
}

/** Puts what is selected on the clipboard, reading what is not here. */
export async function copySelection(
  selection: Selection,
  read: (from: number, count: number) => Promise<LogLine[]>,
): Promise<Copied> {
  const { from, to } = ends(selection)
  const wanted = to.n - from.n + 1
  if (wanted > COPY_LINES)
    return { problem: `That is ${wanted.toLocaleString('en-US')} lines: too much for the clipboard. Download the log instead.` }
  const lines: LogLine[] = []
  let chars = 0
  while (lines.length < wanted) {
    const next = await read(from.n + lines.length, Math.min(2000, wanted - lines.length))
    if (next.length === 0) break
    lines.push(...next)
    chars += next.reduce((sum, { text }) => sum + text.length, 0)
    if (chars > COPY_CHARS) return { problem: 'That is more than 32 MiB: too much for the clipboard. Download the log instead.' }
  }
  await navigator.clipboard.writeText(selectedText(lines, selection, visibleText))
  return { lines: lines.length }
}

const lineAt = (frame: Frame | null, n: number) => (frame && n < frame.lines ? frame.source.cache.line(n) : undefined)

/** The place in the text under a point. Left of the text is its begin, below the last row its end. Null: there is no text. */
function spotAt(box: HTMLElement | null, frame: Frame | null, x: number, y: number): Spot | null {
  if (!box || !frame) return null
  const rows = [...box.querySelectorAll<HTMLElement>('[data-n]')]
  const row = rows.find((one) => y < one.getBoundingClientRect().bottom) ?? rows.at(-1)
  if (!row) return null
  const n = Number(row.dataset.n)
  if (n >= frame.lines) return frame.lines > 0 ? { n: frame.lines - 1, column: Number.POSITIVE_INFINITY } : null
  const text = row.querySelector<HTMLElement>('[data-text]')!
  const { left, right } = text.getBoundingClientRect()
  if (x < left) return { n, column: 0 }
  const caret = document.caretPositionFromPoint(Math.min(x, right - 1), y)
  if (!caret || !text.contains(caret.offsetNode)) return { n, column: text.textContent.length }
  const before = document.createRange()
  before.setStart(text, 0)
  before.setEnd(caret.offsetNode, caret.offset)
  return { n, column: before.toString().length }
}
