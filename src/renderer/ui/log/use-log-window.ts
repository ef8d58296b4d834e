import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { ErrorData } from '../../../shared/error.ts'
import type { LogInfo, LogView } from '../../../shared/log.ts'
import { type LogSource, openLog } from './log-source.ts'
import { endTop, inSight, isAtEnd, moved, type Rows, showing, type Top } from './scroll.ts'

/** A row is so high; a wrapped one is a multiple of it. */
export const ROW_PX = 18
/** Read ahead, in rows: what the next turn of the wheel shows. */
const AHEAD = 60
/** A turn of a mouse's wheel is more than this, and is shown as a movement; a trackpad's are smaller, and are one already. */
const STEP_PX = 40
/** What of a movement is left after a frame. */
const EASE = 0.62
const HEIGHTS_KEPT = 5000

/** What is drawn in one frame. */
export type Frame = {
  source: LogSource
  /** Null: nothing is known of the log yet. */
  info: LogInfo | null
  error: ErrorData | null
  top: Top
  /** The rows to draw, the end exclusive. Those from `lines` on are being written. */
  from: number
  to: number
  /** Lines that are shown to be there: while following, those whose end was read already. */
  lines: number
  unfinished: LogInfo['unfinished']
  following: boolean
  /** Lines that came since the reader stopped following. */
  since: number
}

export type LogWindow = {
  frame: Frame | null
  /** Draws at the next frame: something else than the log changed. */
  redraw(): void
  moveBy(px: number, smooth?: boolean): void
  movePages(pages: number): void
  /** Brings a line into sight. */
  show(n: number): void
  /** Puts a line at the top. */
  moveTo(n: number): void
  setFollowing(following: boolean): void
  /** The line at the top; null: the end is followed. */
  place(): number | null
}

/**
 * The part of a log that is in sight in an element, followed from its end unless the reader scrolled up. Everything that changes is
 * drawn once a frame.
 * @param box what shows the rows; each row in it has `data-n`
 */
export function useLogWindow(view: LogView, again: unknown, wrap: boolean, box: RefObject<HTMLElement | null>): LogWindow {
  const [frame, setFrame] = useState<Frame | null>(null)
  const state = useRef({
    source: null as LogSource | null,
    top: { n: 0, px: 0 },
    following: true,
    /** The lines that there were when the reader stopped following; null: not known yet. */
    pausedAt: null as number | null,
    settled: null as { lines: number; unfinished: LogInfo['unfinished'] } | null,
    heights: new Map<number, number>(),
    view_px: 0,
    /** Pixels of a smooth movement that are left. */
    rest_px: 0,
    request: 0,
    wrap,
  }).current
  state.wrap = wrap

  const rowsOf = useCallback(
    (first: number, count: number): Rows => ({
      first,
      count,
      height: (n) => (state.wrap ? (state.heights.get(n) ?? ROW_PX) : ROW_PX),
    }),
    [state],
  )

  const rowsNow = useCallback((): Rows => {
    const info = state.source?.info()
    const { lines, unfinished } = state.settled ?? { lines: info?.lines ?? 0, unfinished: info?.unfinished ?? [] }
    return rowsOf(info?.firstLine ?? 0, lines + unfinished.length)
  }, [state, rowsOf])

  const draw = useCallback(() => {
    state.request = 0
    const { source } = state
    // Out of sight (another tab is in front) nothing is drawn, and where the reader was stays.
    if (!source || state.view_px === 0) return
    const info = source.info()
    if (state.rest_px !== 0) {
      const step = Math.abs(state.rest_px) < 2 ? state.rest_px : state.rest_px * (1 - EASE)
      state.rest_px -= step
      state.top = moved(state.top, step, rowsNow(), state.view_px)
      setFollowingState(isAtEnd(state.top, rowsNow(), state.view_px))
    }
    // A wrapped row's height is known once it is drawn: then it is placed again, before anybody sees it.
    for (let pass = 0; pass < 3; pass++) {
      const next = info ? place(source, info) : null
      flushSync(() =>
        setFrame(
          next ?? {
            source,
            info,
            error: source.error(),
            top: state.top,
            from: 0,
            to: 0,
            lines: 0,
            unfinished: [],
            following: state.following,
            since: 0,
          },
        ),
      )
      if (!state.wrap || !measure()) break
    }
    if (state.rest_px !== 0) redraw()

    function place(source: LogSource, info: LogInfo): Frame {
      const { cache } = source
      const extent = { first: info.firstLine, count: info.lines }
      const newest = rowsOf(info.firstLine, info.lines + info.unfinished.length)
      const ahead = ({ from, to }: { from: number; to: number }) => cache.want(from - AHEAD, to + AHEAD, extent)
      if (state.following) {
        const sight = inSight(endTop(newest, state.view_px), newest, state.view_px)
        ahead(sight)
        // The end moves on once it can be shown: a follower never sees a line that is still on its way.
        if (!state.settled || state.settled.lines > info.lines || cache.has(sight.from, Math.min(sight.to, info.lines)))
          state.settled = { lines: info.lines, unfinished: info.unfinished }
      } else {
        state.settled = { lines: info.lines, unfinished: info.unfinished }
        state.pausedAt ??= info.lines
      }
      const rows = rowsNow()
      state.top = state.following ? endTop(rows, state.view_px) : moved(state.top, 0, rows, state.view_px)
      const sight = inSight(state.top, rows, state.view_px)
      if (!state.following) ahead(sight)
      return {
        source,
        info,
        error: source.error(),
        top: state.top,
        ...sight,
        ...state.settled,
        following: state.following,
        since: state.following ? 0 : Math.max(0, info.lines - (state.pausedAt ?? info.lines)),
      }
    }

    /** True: a row is not as high as it was thought to be. */
    function measure(): boolean {
      if (state.heights.size > HEIGHTS_KEPT) state.heights.clear()
      let changed = false
      for (const row of box.current?.querySelectorAll<HTMLElement>('[data-n]') ?? []) {
        const n = Number(row.dataset.n)
        const height = row.offsetHeight
        if ((state.heights.get(n) ?? ROW_PX) === height) continue
        state.heights.set(n, height)
        changed = true
      }
      return changed
    }
  }, [state, box, rowsNow, rowsOf])

  const redraw = useCallback(() => {
    if (state.request === 0) state.request = requestAnimationFrame(draw)
  }, [state, draw])

  function setFollowingState(following: boolean) {
    if (state.following && !following) state.pausedAt = state.source?.info()?.lines ?? null
    state.following = following
  }

  const key = JSON.stringify(view)
  useEffect(() => {
    const source = openLog(JSON.parse(key) as LogView, () => redraw())
    state.source = source
    state.settled = null
    state.heights.clear()
    state.following = true
    redraw()
    return () => {
      source.close()
      cancelAnimationFrame(state.request)
      state.request = 0
      state.source = null
    }
    // `again`: what ended may have gone on.
  }, [key, again, state, redraw])

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    let width = 0
    const resize = new ResizeObserver(() => {
      state.view_px = element.clientHeight
      if (width !== element.clientWidth) state.heights.clear()
      width = element.clientWidth
      redraw()
    })
    resize.observe(element)
    return () => resize.disconnect()
  }, [box, state, redraw])

  useEffect(() => {
    state.heights.clear()
    redraw()
  }, [wrap, state, redraw])

  const stay = (top: Top) => {
    state.rest_px = 0
    state.top = top
    setFollowingState(isAtEnd(top, rowsNow(), state.view_px))
    redraw()
  }
  const moveBy = (px: number, smooth = false) => {
    if (smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
      state.rest_px += px
      redraw()
    } else stay(moved(state.top, state.rest_px + px, rowsNow(), state.view_px))
  }
  const moves = useRef({ moveBy })
  moves.current = { moveBy }

  useEffect(() => {
    const element = box.current
    if (!element) return
    const onWheel = (event: WheelEvent) => {
      // To the side, and a pinch, are the browser's own.
      if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return
      event.preventDefault()
      const px = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? ROW_PX : 1)
      moves.current.moveBy(px, Math.abs(px) >= STEP_PX)
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [box])

  return {
    frame,
    redraw,
    moveBy,
    movePages: (pages) => moveBy(pages * (state.view_px - ROW_PX), true),
    show: (n) => stay(showing(n, state.top, rowsNow(), state.view_px)),
    moveTo(n) {
      if (state.source?.info()) return stay(moved({ n, px: 0 }, 0, rowsNow(), state.view_px))
      // How much there is comes later, and bounds it then.
      state.top = { n, px: 0 }
      setFollowingState(false)
    },
    place: () => (state.following ? null : state.top.n),
    setFollowing(following) {
      state.rest_px = 0
      setFollowingState(following)
      redraw()
    },
  }
}
