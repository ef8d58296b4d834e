import type { TerminalKey } from '../../../shared/terminal.ts'
import { api } from '../../rpc/connection.ts'
import { showError } from '../../ui/notice.tsx'

let waiting: { terminalIds: string[]; keys: TerminalKey[] }[] = []
let sending = false

/** Types into other terminals, in order: what comes while one message is on its way is gathered. */
export function typeInto(terminalIds: readonly string[], key: TerminalKey): void {
  if (terminalIds.length === 0) return
  const last = waiting.at(-1)
  if (last && last.keys.length < 1000 && last.terminalIds.join() === terminalIds.join()) last.keys.push(key)
  else waiting.push({ terminalIds: [...terminalIds], keys: [key] })
  if (!sending) void send()
}

async function send(): Promise<void> {
  sending = true
  try {
    for (let next = waiting.shift(); next; next = waiting.shift()) await api.terminals.type(next)
  } catch (error) {
    waiting = [] // typed later it would do what nobody expects
    showError(error)
  } finally {
    sending = false
  }
}
