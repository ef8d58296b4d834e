import type { Entry } from './file-list.ts'
import { kindOf } from './kind.ts'

/** What stands on a node: `mode` with its kind as stat has it, epoch seconds. */
export type There = { mode: number; size: number; mtime: number }

/**
 * What of a list is not on a node as it is here. Pure.
 * @returns `send`: differs or is not there; `unsure`: differs by its time alone; `clear`: what of the node must go first, as its kind is
 *   another; `blocked`: a file for which a folder stands on the node
 */
export function differing(entries: Entry[], nameOf: (entry: Entry) => string, found: Map<string, There>) {
  const send: Entry[] = []
  const unsure: Entry[] = []
  const clear: Entry[] = []
  let blocked: Entry | null = null
  let absent: string | null = null // all below it is seen through something that is no folder of the node
  for (const entry of entries) {
    const name = nameOf(entry)
    const there = absent !== null && name.startsWith(absent) ? undefined : found.get(name)
    const kind = there && kindOf(there.mode)
    if (there && kind === 'folder' && entry.is !== 'folder') blocked ??= entry
    else if (there && entry.is === 'folder' && kind !== 'folder') {
      clear.push(entry)
      send.push(entry)
      absent = `${name}/`
    } else if (entry.is === 'folder') {
      if (!there) send.push(entry)
    } else if (
      !there ||
      entry.is === 'link' ||
      kind !== 'file' ||
      there.size !== entry.size ||
      (there.mode & 0o777) !== entry.mode
    )
      send.push(entry) // where a link leads is not asked: it is a few bytes
    else if (there.mtime !== Math.floor(entry.mtimeMs / 1000)) unsure.push(entry)
  }
  return { send, unsure, clear, blocked }
}
