import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import ignore, { type Ignore } from 'ignore'

/** What is sent of a folder or file: paths below `cwd`, folders before what is in them. */
export type FileList = { cwd: string; paths: string[]; files: number; bytes: number }

/**
 * Lists what a task sends, as SkyPilot does: a folder without what its `.skyignore` names, or, where there is none, what `.gitignore`
 * files in it name. Links are sent as links; sockets, pipes and devices are not.
 */
export async function listFiles(source: string, signal: AbortSignal): Promise<FileList> {
  const root = await lstat(source)
  // A link as the source itself is what it leads to.
  if (!root.isDirectory() && !root.isSymbolicLink())
    return { cwd: dirname(source), paths: [basename(source)], files: 1, bytes: root.size }
  const list: FileList = { cwd: source, paths: [], files: 0, bytes: 0 }
  const sky = await rulesIn(source, '.skyignore')
  const rules = sky ? [{ below: '', rules: sky }] : []

  const walk = async (below: string, above: typeof rules): Promise<void> => {
    signal.throwIfAborted()
    const own = sky ? null : await rulesIn(join(source, below), '.gitignore')
    const here = own ? [...above, { below, rules: own }] : above
    const entries = await readdir(join(source, below), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (isIgnored(here, entry.isDirectory() ? `${path}/` : path)) continue
      if (entry.isDirectory()) {
        list.paths.push(path)
        await walk(path, here)
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        const found = await lstat(join(source, path)).catch(() => null)
        if (!found) continue // gone since it was listed
        list.paths.push(path)
        list.files += 1
        list.bytes += entry.isFile() ? found.size : 0
      }
    }
  }
  await walk('', rules)
  return list
}

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
