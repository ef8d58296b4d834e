import type { TerminalSize } from '../../shared/terminal.ts'

/** A program sees a change of its size only if it lasts so long. */
const SEEN_MS = 50

/** Full-screen programs draw anew when their size changes: it is another one for a moment. `size` is asked again after that. */
export function redraw(resize: (size: TerminalSize) => void, size: () => TerminalSize): void {
  resize({ ...size(), rows: size().rows + 1 })
  setTimeout(() => resize(size()), SEEN_MS)
}
