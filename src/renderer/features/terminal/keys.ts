import type { TerminalKey } from '../../../shared/terminal.ts'
import { isPointing, isReport } from '../../../shared/terminal-report.ts'

/** What xterm sends for what was typed, in no terminal's own modes. Null: nobody typed it (an answer, the mouse, the focus). */
export function keyOf(data: string): TerminalKey | null {
  if (isReport(data) || isPointing(data)) return null
  const [, key] = /^\x1b[[O]([ABCDHF])$/.exec(data) ?? []
  return key ? { is: 'cursor', key: key as 'A' } : { is: 'text', text: data }
}
