import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { StyxError } from '../../shared/error.ts'
import { inTheWay, put } from '../transports/copy.ts'
import { lastWords, refused } from '../transports/node-answer.ts'
import { nodeScript } from '../transports/node-script.ts'
import type { Exit, Transport } from '../transports/transport.ts'
import { differing, type There } from './differing.ts'
import { type Entry, type FileList, listFiles } from './file-list.ts'
import { pack, unreadable } from './pack.ts'

/** A file from this size on is sent by itself, so that one that was cut off goes on where it was. */
const LARGE = 64 * 1024 * 1024

const SUMS_AT_ONCE = 16
const READ_WHOLE = 1024 * 1024

/** A node's folder, and the way to it. */
export type FilesNode = { installationId: string; clusterId: string; nodeId: string; transport: Transport; isHere: boolean }

export type Sync = {
  /** Absolute, of this computer. */
  source: string
  /** On the node: absolute, from the home folder (`~/…`), or below the workdir (`.` is the workdir). */
  target: string
  /** That of this installation. */
  resources: string
  /** Files and bytes that differ, and bytes of them that were sent. */
  progress(found: { files: number; bytes: number; sent: number }): void
  signal: AbortSignal
}

/** What a sync did. `all`: files of the source; null: the source is the target itself. */
export type Synced = { all: number; files: number; bytes: number } | null

/** What a source holds now, to be sent to several nodes. @throws StyxError `job.files-unreadable` */
export async function listSource(source: string, signal: AbortSignal): Promise<FileList & { isFile: boolean; path: string }> {
  try {
    const path = await realpath(source)
    const list = await listFiles(path, signal)
    return { ...list, path, isFile: list.cwd !== path }
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(source, error)
  }
}

/** Where a target lies on a node; it is made. @throws StyxError `job.node-gone` | `files.…` */
export async function folderOf(node: FilesNode, target: string, resources: string, signal: AbortSignal): Promise<string> {
  const said = await askNode({ node, folder: target, resources, signal }, 'look', lines([]))
  const there = parseLook(said)
  if (!there) throw refused(target, said, { code: 0, signal: null })
  return there.folder
}

/**
 * Makes a folder of a node hold what a folder of this computer holds: only what differs by size, time and mode is sent, and of what
 * differs by its time alone only what differs by SHA-256 too. As SkyPilot does (rsync without --delete), nothing is deleted that is only
 * there: what jobs wrote stays.
 * @throws StyxError `job.files-unreadable` | `files.…` | `job.node-gone`
 */
export async function sync(node: FilesNode, list: Awaited<ReturnType<typeof listSource>>, given: Sync): Promise<Synced> {
  const { signal, progress } = given
  const name = list.isFile ? basename(given.target) : null
  const folder = list.isFile ? dirname(given.target) : given.target
  const at = { node, folder, ...given }
  const nameOf = (entry: Entry) => name ?? entry.path
  // A name with a newline cannot be asked about: it is sent each time.
  const askable = list.entries.filter((entry) => !nameOf(entry).includes('\n'))
  const looked = await askNode(at, 'look', lines(askable.map(nameOf)))
  const there = parseLook(looked)
  if (!there) throw refused(given.target, looked, { code: 0, signal: null })
  // Unpacked over itself, a file would be lost were it cut in the middle.
  const sameName = name === null || name === list.entries[0]?.path
  if (node.isHere && sameName && (await realpath(there.folder).catch(() => null)) === list.cwd) return null

  const { send, clear, unsure, blocked } = differing(list.entries, nameOf, there.found)
  if (blocked) throw inTheWay(`${there.folder}/${nameOf(blocked)}`)
  const differ = new Set([...send, ...(await changedOf(at, list.cwd, unsure, nameOf))])
  const wanted = list.entries.filter((entry) => differ.has(entry))
  const count = { files: 0, bytes: 0, sent: 0 }
  for (const { is, size } of wanted) {
    if (is === 'file') count.files += 1
    count.bytes += size
  }
  progress({ ...count })
  if (clear.length > 0) await askNode(at, 'clear', lines(clear.map(nameOf)))

  const isLarge = ({ is, size }: Entry) => is === 'file' && size >= LARGE
  const packed = wanted.filter((entry) => !isLarge(entry))
  if (packed.length > 0) {
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      const most = packed.reduce((sum, { size }) => sum + size, 0)
      for await (const chunk of chunks) {
        yield chunk
        count.sent = Math.min(most, count.sent + chunk.length) // headers and padding are sent too
        progress({ ...count })
      }
    }
    await askNode(at, 'unpack', (stdin) => pipeline(pack(list.cwd, packed, name, signal), counted, stdin, { signal }))
  }
  for (const entry of wanted.filter(isLarge)) {
    const before = count.sent
    await put(node.transport, join(list.cwd, entry.path), `${there.folder}/${nameOf(entry)}`, {
      signal,
      progress: (done) => {
        count.sent = before + done
        progress({ ...count })
      },
    })
  }
  return { all: list.files, files: count.files, bytes: count.bytes }
}

type At = Sync & { node: FilesNode; folder: string }

/** Of those that differ by time alone, those that differ by their content. */
async function changedOf(at: At, cwd: string, unsure: Entry[], nameOf: (entry: Entry) => string): Promise<Entry[]> {
  if (unsure.length === 0) return []
  const said = await askNode(at, 'sums', lines(unsure.map(nameOf))).catch((error: unknown) => {
    at.signal.throwIfAborted()
    if (error instanceof StyxError && error.data.code === 'job.node-gone') throw error
    return '' // without a program for sums, or with a file that vanished, all are sent
  })
  const sums = [...said.matchAll(/^\\?([0-9a-f]{64}) /gm)].map(([, sum]) => sum)
  if (sums.length !== unsure.length) return unsure
  const differ: Entry[] = []
  for (let from = 0; from < unsure.length; from += SUMS_AT_ONCE) {
    at.signal.throwIfAborted()
    const some = unsure.slice(from, from + SUMS_AT_ONCE)
    const own = await Promise.all(some.map((entry) => sumOf(join(cwd, entry.path), entry.size)))
    differ.push(...some.filter((_, i) => own[i] !== sums[from + i]))
  }
  return differ
}

async function sumOf(path: string, size: number): Promise<string> {
  const hash = createHash('sha256')
  try {
    if (size <= READ_WHOLE) return hash.update(await readFile(path)).digest('hex')
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  } catch (error) {
    throw unreadable(path, error)
  }
  return hash.digest('hex')
}

const lines = (paths: string[]) => async (stdin: NodeJS.WritableStream) => {
  await new Promise<void>((resolve) => stdin.end(paths.map((path) => `./${path}\n`).join(''), () => resolve()))
}

/** Runs a verb of resources/node/files.sh to its end. @throws StyxError `job.node-gone` | `files.…`, or what `feed` throws */
async function askNode(
  { node, folder, resources, signal }: Pick<At, 'node' | 'folder' | 'resources' | 'signal'>,
  verb: 'look' | 'sums' | 'clear' | 'unpack',
  feed: (stdin: NodeJS.WritableStream) => Promise<void>,
): Promise<string> {
  const { installationId, clusterId, nodeId, transport } = node
  const child = await transport.exec(await nodeScript(resources, 'files', verb, installationId, clusterId, nodeId, folder), {
    cwd: '/',
    signal,
  })
  child.stdin.on('error', () => {}) // it may end without reading; its exit says why
  const out: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  const err = lastWords(child.stderr)
  const closed = new Promise<void>((resolve) => child.stdout.once('close', resolve))
  const fed = await Promise.race([
    feed(child.stdin).then(
      () => null,
      (error: unknown) => error,
    ),
    child.exit.then(() => null), // it stopped reading
  ])
  if (fed) child.stdin.destroy()
  const exit: Exit = await child.exit
  await closed
  signal.throwIfAborted()
  const said = Buffer.concat(out).toString('utf8')
  if (/^no-node$/m.test(said) && exit.code === 3) throw nodeGone()
  if (fed instanceof StyxError) throw fed // what it was fed is what it stumbled over
  // xargs says 123 where a file was not there.
  if (exit.code !== 0 && !(verb === 'look' && said.startsWith('folder '))) throw refused(folder, err() || said, exit)
  if (fed) throw fed
  return said
}

/** What `look` says: the folder as the node has it, and what is there. Null: it is none of ours. */
export function parseLook(said: string): { folder: string; found: Map<string, There> } | null {
  const [first = '', ...rest] = said.split('\n')
  if (!first.startsWith('folder /')) return null
  const found = new Map<string, There>()
  for (const line of rest) {
    const [, mode, size, mtime, path] = /^([0-9a-f]{1,8}) (\d{1,16}) (-?\d{1,12}) \.\/(.+)$/.exec(line) ?? []
    if (path === undefined) continue
    found.set(path, { mode: Number.parseInt(mode as string, 16), size: Number(size), mtime: Number(mtime) })
  }
  return { folder: first.slice('folder '.length), found }
}

export const nodeGone = () =>
  new StyxError({
    code: 'job.node-gone',
    what: 'The node’s folder is gone',
    why: 'Somebody removed it, or the cluster was terminated.',
    suggestion: 'Start the cluster again to make it anew, or launch another.',
  })
