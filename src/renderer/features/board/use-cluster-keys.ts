import { useHotkeys } from '@mantine/hooks'
import type { RefObject } from 'react'

/** Arrows and j/k walk over the clusters; Enter opens, since the focus is on the cluster's own link. */
export function useClusterKeys(scroll: RefObject<HTMLDivElement | null>) {
  const move = (by: number) => {
    const links = [...(scroll.current?.querySelectorAll<HTMLElement>('[data-card-link]') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLElement)
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus()
  }
  useHotkeys([
    ['ArrowDown', () => move(1)],
    ['ArrowUp', () => move(-1)],
    ['j', () => move(1)],
    ['k', () => move(-1)],
  ])
}
