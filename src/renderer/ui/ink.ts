/** The tokens as a canvas needs them: canvases know no CSS variables. */
export type Ink = {
  use: string[]
  text3: string
  line: string
  lineStrong: string
  card: string
  failed: string
  needs: string
  hatch: string
  font: string
}

const repaints = new Set<() => void>()
let ink: Ink | null = null

/** The colours of the scheme that is shown now. */
export function readInk(): Ink {
  if (ink) return ink
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(name).trim()
  ink = {
    use: [0, 1, 2, 3, 4, 5, 6].map((step) => token(`--use-${step}`)),
    text3: token('--text-3'),
    line: token('--line'),
    lineStrong: token('--line-strong'),
    card: token('--card'),
    failed: token('--failed'),
    needs: token('--needs'),
    hatch: token('--text-3'),
    font: token('--font'),
  }
  return ink
}

/** Calls back when the scheme changes. Returns the way to stop. */
export function onInkChange(repaint: () => void): () => void {
  repaints.add(repaint)
  return () => repaints.delete(repaint)
}

new MutationObserver(() => {
  ink = null
  for (const repaint of repaints) repaint()
}).observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] })

const STEPS = [4, 20, 40, 60, 78, 93]

/** Which of the seven steps of the ramp a use of 0–100 % falls on. Below 4 % is idle: an empty bar. */
export function rampStep(percent: number): number {
  const step = STEPS.findIndex((limit) => percent < limit)
  return step === -1 ? STEPS.length : step
}
