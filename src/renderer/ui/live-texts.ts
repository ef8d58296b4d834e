import { type RefObject, useLayoutEffect, useRef } from 'react'
import { onSamples } from '../data/samples.ts'

/**
 * Texts that change every second, one for each child of an element, written straight into the page by one painter: a component for each
 * would cost more than all that they say. The children are empty as React sees them.
 */
export function useLiveTexts(parent: RefObject<HTMLElement | null>, read: () => string[]): void {
  const latest = useRef(read)
  latest.current = read
  useLayoutEffect(
    () =>
      onSamples(() => {
        const children = parent.current?.children
        if (!children) return
        for (const [i, text] of latest.current().entries()) {
          const child = children[i]
          if (child && child.textContent !== text) child.textContent = text
        }
      }),
    [parent],
  )
}
