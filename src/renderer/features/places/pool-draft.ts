import type { FoundHost } from '../../../shared/found.ts'
import { type HostName, hostProblem, hostWords, type PoolHost } from '../../../shared/pool.ts'

/** A machine as it is being written: every field as its text. */
export type DraftHost = Record<keyof HostName, string> & { key: string; id: string | undefined }
export type DraftField = keyof HostName

let made = 0
const newKey = () => `host-${made++}`

export const emptyHost = (): DraftHost => draftOf({ host: '', user: null, port: null, identityFile: null, jump: null })

/** A machine to be changed, or one that was found or pasted. */
export function draftOf({ host, user, port, identityFile, jump, id }: HostName & Partial<Pick<PoolHost, 'id'>>): DraftHost {
  const port_text = port === null ? '' : String(port)
  return { key: newKey(), id, host, user: user ?? '', port: port_text, identityFile: identityFile ?? '', jump: jump ?? '' }
}

/** What it names: an empty field is left to ~/.ssh/config. */
export function hostOf({ host, user, port, identityFile, jump }: DraftHost): HostName {
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
  const digits = orNull(port)
  return {
    host: host.trim(),
    user: orNull(user),
    port: digits === null ? null : Number(digits),
    identityFile: orNull(identityFile),
    jump: orNull(jump),
  }
}

/** Is there nothing in it? Such a row is no machine. */
export const isEmpty = (draft: DraftHost) =>
  [draft.host, draft.user, draft.port, draft.identityFile, draft.jump].every((text) => text.trim() === '')

/** Is this the machine that was found? */
export const isFound = (draft: DraftHost, found: FoundHost) => sameName(hostOf(draft), found)

const sameName = (a: HostName, b: HostName) =>
  a.host === b.host && a.user === b.user && a.port === b.port && a.identityFile === b.identityFile && a.jump === b.jump

/** What is wrong, by the row's key and the field. Twice the same machine is wrong at the second. */
export function problemsOf(drafts: readonly DraftHost[]): Map<string, { field: DraftField; why: string }> {
  const problems = new Map<string, { field: DraftField; why: string }>()
  const names = new Set<string>()
  for (const draft of drafts) {
    const name = hostOf(draft)
    const words = hostWords(name)
    const problem =
      hostProblem(name) ?? (names.has(words) ? { field: 'host' as const, why: `${words} is in this list already.` } : null)
    if (problem) problems.set(draft.key, problem)
    names.add(words)
  }
  return problems
}
