import { useEffect, useRef } from 'react'
import { onSamples } from '../data/samples.ts'

/** A number that changes every second, written straight into the page: a render of React per sample would cost more than the drawing. */
export function LiveText({ read, className }: { read: () => string; className?: string }) {
  const span = useRef<HTMLSpanElement>(null)
  const latest = useRef(read)
  latest.current = read
  useEffect(
    () =>
      onSamples(() => {
        const text = latest.current()
        if (span.current && span.current.textContent !== text) span.current.textContent = text
      }),
    [],
  )
  return (
    <span ref={span} className={`tabular ${className ?? ''}`}>
      {read()}
    </span>
  )
}
