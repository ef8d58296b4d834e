import type { Stats } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import ignore, { type Ignore } from 'ignore'

/** So many are asked about at once. */
const AT_ONCE = 64

/** What stands at a path below the source; `mode` is its rights alone. */
export type Entry = { path: string; is: 'file' | 'folder' | 'link'; size: number; mtimeMs: number; mode: number }

/** What is sent of a folder or file: entries below `cwd`, folders before what is in them. */
export type FileList = { cwd: string; entries: Entry[]; files: number; bytes: number }

/**
 * Lists what a task sends, as SkyPilot does: a folder without what its `.skyignore` names, or, where there is none, what `.gitignore`
 * files in it name. Links are sent as links; sockets, pipes and devices are not.
 */
export async function listFiles(source: string, signal: AbortSignal): Promise<FileList> {
  const root = await lstat(source)
  // A link as the source itself is what it leads to.
  if (!root.isDirectory() && !root.isSymbolicLink())
    return { cwd: dirname(source), entries: [entryOf(basename(source), 'file', root)], files: 1, bytes: root.size }
  const list: FileList = { cwd: source, entries: [], files: 0, bytes: 0 }
  const sky = await rulesIn(source, '.skyignore')
  const rules = sky ? [{ below: '', rules: sky }] : []

  const walk = async (below: string, above: typeof rules): Promise<void> => {
    signal.throwIfAborted()
    const own = sky ? null : await rulesIn(join(source, below), '.gitignore')
    const here = own ? [...above, { below, rules: own }] : above
    const entries = await readdir(join(source, below), { withFileTypes: true })
    const sorted = entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`
        const is = entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : null
        return is === null || isIgnored(here, is === 'folder' ? `${path}/` : path) ? [] : [{ path, is } as const]
      })
    for (let from = 0; from < sorted.length; from += AT_ONCE) {
      const some = sorted.slice(from, from + AT_ONCE)
      const found = await Promise.all(some.map(({ path }) => lstat(join(source, path)).catch(() => null)))
      for (const [i, { path, is }] of some.entries()) {
        const stats = found[i]
        if (!stats && path.includes('\uFFFD')) throw new Error(`The name of ${path} is not UTF-8.`)
        if (!stats) continue // gone since it was listed
        list.entries.push(entryOf(path, is, stats))
        if (is === 'folder') await walk(path, here)
        else list.files += 1
        if (is === 'file') list.bytes += stats.size
      }
    }
  }
  await walk('', rules)
  return list
}

const entryOf = (path: string, is: Entry['is'], { size, mtimeMs, mode }: Stats): Entry => ({
  path,
  is,
  size: is === 'file' ? size : 0,
  mtimeMs,
  mode: mode & 0o777,
})

/** The rules of a folder hold below it; a deeper one has the last word, as in git. */
function isIgnored(all: { below: string; rules: Ignore }[], path: string): boolean {
  let ignored = false
  for (const { below, rules } of all) {
    const verdict = rules.test(below === '' ? path : path.slice(below.length + 1))
    if (verdict.ignored) ignored = true
    if (verdict.unignored) ignored = false
  }
  return ignored
}

async function rulesIn(folder: string, name: string): Promise<Ignore | null> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => null)
  return text === null ? null : ignore().add(text)
}
