import { StyxError } from '../../shared/error.ts'
import type { Folder, FolderEntry } from '../../shared/folder.ts'
import { answerOf } from '../transports/node-answer.ts'
import { nodeScript } from '../transports/node-script.ts'
import { kindOf } from './kind.ts'
import type { FilesNode } from './sync.ts'

/** A folder on a dead file server answers never. */
const LIST_MS = 20_000
const LINE = /^([0-9a-f]{1,8}) (\d{1,19}) (-?\d{1,19}) \.\/([^/\0]+)$/s

/**
 * Asks a node what stands in a folder.
 * @param path absolute; null: the node's workdir, or home where there is none yet
 * @throws StyxError `files.refused` | `files.lost` | `files.unreadable-list`, and what the transport throws
 */
export async function listFolder(
  { transport, installationId, clusterId, nodeId }: Omit<FilesNode, 'isHere'>,
  path: string | null,
  resources: string,
  signal: AbortSignal,
): Promise<Folder> {
  const argv = await nodeScript(resources, 'list', installationId, clusterId, nodeId, path ?? '')
  return parseFolder(await answerOf(transport, argv, path ?? 'home', { timeout_ms: LIST_MS, signal }))
}

/** Reads what list.sh prints. @throws StyxError `files.unreadable-list` */
export function parseFolder(text: string): Folder {
  const [path = '', count = '', own = '', targets = ''] = text.split('\0')
  if (!path.startsWith('/') || !/^\d{1,9}$/.test(count)) throw unreadable(text)
  const led = new Map(linesOf(targets).map((line) => [line.name, line]))
  const entries = linesOf(own).map(({ name, mode, size, mtime }): FolderEntry => {
    const link = kindOf(mode) === 'link'
    const at = link ? led.get(name) : { mode, size, mtime }
    const kind = at ? kindOf(at.mode) : 'other'
    return {
      name,
      is: kind === 'link' ? 'other' : kind,
      link,
      size: at?.size ?? size,
      modifiedAt: (at?.mtime ?? mtime) * 1000,
      reachable: !name.includes('\uFFFD'),
    }
  })
  const last = (entry: FolderEntry) => (entry.is === 'folder' ? 0 : 1)
  return { path, count: Number(count), entries: entries.sort((a, b) => last(a) - last(b) || compare(a.name, b.name)) }
}

const { compare } = new Intl.Collator('en', { numeric: true })

/** A newline begins another name only where a mode, a size, a time and a slash follow: no name holds a slash. */
function linesOf(text: string) {
  if (text === '') return []
  return text
    .replace(/\n$/, '')
    .split(/\n(?=[0-9a-f]{1,8} \d{1,19} -?\d{1,19} \.\/)/)
    .map((line) => {
      const [, mode, size, mtime, name] = LINE.exec(line) ?? []
      if (name === undefined) throw unreadable(line)
      return { name, mode: Number.parseInt(mode as string, 16), size: Number(size), mtime: Number(mtime) }
    })
}

const unreadable = (detail: string) =>
  new StyxError({
    code: 'files.unreadable-list',
    what: 'The node’s answer about a folder cannot be read',
    suggestion: 'Try again. If it happens again, report it with the raw text.',
    detail: detail.slice(0, 2000),
    retryable: true,
  })
