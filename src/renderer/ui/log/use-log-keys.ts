import { type RefObject, useEffect, useRef } from 'react'

type Actions = {
  follow(): void
  search(): void
  step(by: 1 | -1): void
  start(): void
  end(): void
  /** By so many rows. */
  move(rows: number): void
  pages(pages: number): void
  wrap(): void
  where(): void
  all(): void
  copy(): void
  escape(): void
  hasSelection(): boolean
}

const KEYS_OF_OTHERS = new Set(['ArrowDown', 'ArrowUp', 'Home', 'End', ' ', 'Escape'])

/** The keys of a log: while it has the focus, or, for the one that a page is for, while nothing else has it. */
export function useLogKeys(box: RefObject<HTMLElement | null>, main: boolean, actions: Actions): void {
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { activeElement, body } = document
      if (!activeElement || event.defaultPrevented || event.altKey) return
      const free = main && (activeElement === body || activeElement.id === 'view')
      const beside = activeElement !== box.current && box.current?.closest('section')?.contains(activeElement) === true
      if (!free && activeElement !== box.current && !beside) return
      // A field is written in; a button and a choice have keys of their own.
      if (beside && (activeElement.matches('input[type="text"]') || KEYS_OF_OTHERS.has(event.key))) return
      const act = event.ctrlKey || event.metaKey ? withCtrl(event, latest.current) : alone(event, latest.current)
      if (!act) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [box, main])
}

function withCtrl({ key, shiftKey }: KeyboardEvent, actions: Actions): (() => void) | null {
  if (shiftKey) return null
  if (key === 'c' && actions.hasSelection()) return actions.copy
  if (key === 'a') return actions.all
  if (key === 'f') return actions.search
  if (key === 'Home') return actions.start
  if (key === 'End') return actions.end
  return null
}

function alone({ key, shiftKey }: KeyboardEvent, actions: Actions): (() => void) | null {
  const { move, pages, step } = actions
  const keys: Record<string, () => void> = {
    f: actions.follow,
    '/': actions.search,
    n: () => step(1),
    N: () => step(-1),
    g: actions.start,
    G: actions.end,
    Home: actions.start,
    End: actions.end,
    w: actions.wrap,
    t: actions.where,
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => pages(1),
    PageUp: () => pages(-1),
    ' ': () => pages(shiftKey ? -1 : 1),
  }
  if (key === 'Escape' && actions.hasSelection()) return actions.escape
  return keys[key] ?? null
}
