import { type HTMLAttributes, type ReactNode, type Ref, useCallback, useState } from 'react'
import type { HitMarks } from './hit-marks.ts'
import { isHit } from './hits.ts'
import type { LogShow } from './log-foot.tsx'
import type { LogGroup } from './log-groups.ts'
import { LogRow } from './log-row.tsx'
import css from './log-rows.module.css'
import { type Selection, selectedColumns } from './selection.ts'
import type { Frame } from './use-log-window.ts'

type Props = {
  ref: Ref<HTMLDivElement>
  id: string
  name: string
  frame: Frame | null
  show: LogShow
  /** Whose lines they are, where that must be said. */
  groups: readonly LogGroup[] | null
  hits: readonly number[]
  current: number | null
  marks: HitMarks | null
  marked: number
  selection: Selection | null
  handlers: Pick<
    HTMLAttributes<HTMLElement>,
    'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel' | 'onDoubleClick'
  >
  /** Instead of rows, where there are none. */
  children: ReactNode
}

/** The lines in sight. */
export function LogRows(props: Props) {
  const { ref, id, name, frame, show, groups, hits, current, marks, marked, selection, handlers, children } = props
  const [whole, setWhole] = useState<ReadonlySet<number>>(new Set())
  const onWhole = useCallback((n: number) => setWhole((now) => new Set(now).add(n)), [])
  const numbers = frame ? Array.from({ length: frame.to - frame.from }, (_, i) => frame.from + i) : []
  return (
    <div
      ref={ref}
      id={id}
      className={css.box}
      role="log"
      aria-live="off"
      aria-label={`Lines of ${name}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      {...handlers}
    >
      <div
        className={css.rows}
        data-wrap={show.wrap || undefined}
        data-times={show.times ? 'on' : 'off'}
        data-labels={groups ? 'on' : 'off'}
        style={
          {
            transform: `translateY(${-(frame?.top.px ?? 0)}px)`,
            '--digits': String(frame?.lines ?? 0).length,
            '--label-width': groups?.[0]?.rank === null ? '20ch' : `${groups?.at(-1)?.name.length ?? 0}ch`,
          } as React.CSSProperties
        }
      >
        {frame &&
          numbers.map((n) => {
            const unfinished = n < frame.lines ? undefined : frame.unfinished[n - frame.lines]
            const line = n < frame.lines ? frame.source.cache.line(n) : undefined
            const stream = unfinished?.stream ?? line?.stream
            const group = groups?.find(({ streams }) => streams.some((one) => one.name === stream))
            const selected = n < frame.lines ? selectedColumns(selection, n) : null
            return (
              <LogRow
                key={n}
                n={n}
                line={line ?? (unfinished && lineOf(unfinished))}
                unfinished={unfinished !== undefined}
                label={group?.name ?? ''}
                tone={(group?.rank ?? 0) % 4}
                isErr={stream?.endsWith('.err') ?? false}
                hit={n === current ? 'current' : n < frame.lines && isHit(hits, n) ? 'yes' : 'no'}
                marks={marks}
                marked={marked}
                selectedFrom={selected?.from ?? 0}
                selectedTo={selected?.to ?? 0}
                colours={show.colours}
                whole={show.wrap || whole.has(n)}
                onWhole={onWhole}
              />
            )
          })}
      </div>
      {children}
    </div>
  )
}

// The same text is the same line: it is not worked out again with every frame.
const lines = new Map<string, { at: number; text: string; continues: boolean }>()

function lineOf({ text }: { text: string }) {
  let line = lines.get(text)
  if (!line) {
    if (lines.size > 100) lines.clear()
    line = { at: 0, text, continues: false }
    lines.set(text, line)
  }
  return line
}
