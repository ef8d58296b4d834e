import { type PointerEvent, useRef } from 'react'
import css from './divider.module.css'

type Props = {
  label: string
  /** Which way it moves. */
  axis: 'x' | 'y'
  /** What it sets, in px: the size before it (x), or behind it (y). */
  value: number
  min: number
  max: number
  onChange(value: number): void
  /** The drag, or the press of a key, is over. */
  onDone(value: number): void
}

const KEY_STEP = 16

/** A line that is dragged, or moved by the arrow keys, to give room to one side. */
export function Divider({ label, axis, value, min, max, onChange, onDone }: Props) {
  const drag = useRef<{ from: number; value: number; now: number } | null>(null)
  const towards = axis === 'x' ? 1 : -1
  const within = (size: number) => Math.round(Math.min(Math.max(size, min), max))
  const place = (event: PointerEvent) => (axis === 'x' ? event.clientX : event.clientY)
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> that is dragged is no <hr> to anybody
    <div
      className={css.divider}
      data-axis={axis}
      role="separator"
      aria-label={label}
      aria-orientation={axis === 'x' ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, max)}
      tabIndex={0}
      onPointerDown={(event) => {
        event.preventDefault()
        event.currentTarget.setPointerCapture(event.pointerId)
        drag.current = { from: place(event), value, now: value }
      }}
      onPointerMove={(event) => {
        if (!drag.current) return
        drag.current.now = within(drag.current.value + (place(event) - drag.current.from) * towards)
        onChange(drag.current.now)
      }}
      onLostPointerCapture={() => {
        if (drag.current) onDone(drag.current.now)
        drag.current = null
      }}
      onKeyDown={(event) => {
        const [less, more] = axis === 'x' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowDown', 'ArrowUp']
        if (event.key !== less && event.key !== more) return
        event.preventDefault()
        onDone(within(value + (event.key === more ? KEY_STEP : -KEY_STEP)))
      }}
    />
  )
}
