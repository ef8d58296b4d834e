import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { FileProblem } from '../../../shared/found.ts'
import { parseConfigLine } from './config-line.ts'
import { matchesPattern } from './pattern.ts'

/** An ssh_config as it is written, with what it includes in place. */
export type ConfigNode = { file: string; line: number } & (
  | { is: 'set'; keyword: string; words: string[] }
  | { is: 'host'; patterns: string[] }
  /** Null: a condition that is not understood, which never holds. */
  | { is: 'match'; criteria: Criterion[] | null }
  | { is: 'include'; nodes: ConfigNode[] }
)
export type Criterion = { negated: boolean } & ({ is: 'all' } | { is: 'host' | 'originalhost'; patterns: string[] })
export type Config = { nodes: ConfigNode[]; problems: FileProblem[] }

/** As deep as ssh goes. */
const MAX_DEPTH = 16
const MAX_FILES = 256
const MAX_BYTES = 1024 * 1024

/**
 * Reads an ssh_config and what it includes. A file that is not there is an empty one; what cannot be read or understood is named and left
 * out. `home`: what `~` is.
 */
export async function readConfig(file: string, home: string): Promise<Config> {
  const problems: FileProblem[] = []
  const counted = { files: 0 }
  const folder = dirname(file)
  const nodes = await readNodes(file, [], true)
  return { nodes, problems }

  async function readNodes(path: string, above: string[], mayLack: boolean): Promise<ConfigNode[]> {
    const say = (line: number, what: string) => void problems.push({ file: path, line, what })
    const text = await readText(path).catch((error: NodeJS.ErrnoException) => {
      if (!(mayLack && error.code === 'ENOENT')) say(0, `It cannot be read: ${error.message}`)
      return null
    })
    if (text === null) return []
    counted.files++
    const found: ConfigNode[] = []
    for (const [index, lineText] of text.split('\n').entries()) {
      const at = { file: path, line: index + 1 }
      try {
        const line = parseConfigLine(lineText)
        if (line === null) continue
        const { keyword, words } = line
        if (keyword === 'host') found.push({ ...at, is: 'host', patterns: words })
        else if (keyword === 'match') found.push({ ...at, is: 'match', criteria: parseCriteria(words) })
        else if (keyword === 'include')
          found.push({ ...at, is: 'include', nodes: await include(words, [...above, path], at.line) })
        else found.push({ ...at, is: 'set', keyword, words })
      } catch (error) {
        say(at.line, (error as Error).message)
        // What stands below would otherwise be taken for a part of the block above.
        if (/^\s*(host|match)\b/i.test(lineText)) found.push({ ...at, is: 'match', criteria: null })
      }
    }
    return found
  }

  async function include(words: string[], above: string[], line: number): Promise<ConfigNode[]> {
    const from = above.at(-1) as string
    const say = (what: string) => void problems.push({ file: from, line, what })
    const nodes: ConfigNode[] = []
    for (const word of words) {
      const pattern = /^~(?=\/|$)/.test(word) ? join(home, word.slice(1)) : isAbsolute(word) ? word : join(folder, word)
      for (const path of await expand(pattern)) {
        if (above.includes(path)) say(`It includes itself again: ${path}`)
        else if (above.length >= MAX_DEPTH) say(`Files are included ${MAX_DEPTH} deep: ${path} is not read.`)
        else if (counted.files >= MAX_FILES) say(`More than ${MAX_FILES} files: ${path} is not read.`)
        else nodes.push(...(await readNodes(path, above, true)))
      }
    }
    return nodes
  }
}

/** @throws with a message that says why the file is not taken */
async function readText(path: string): Promise<string> {
  const { mode, uid, size } = await stat(path).then((found) => {
    if (!found.isFile()) throw new Error('it is no file.')
    return found
  })
  // As ssh does: whoever may write there decides where we connect to.
  const me = process.getuid?.()
  if (me !== undefined && ((mode & 0o022) !== 0 || (uid !== 0 && uid !== me)))
    throw new Error('others may write it, so ssh does not take it either. Run: chmod go-w, and own it.')
  if (size > MAX_BYTES) throw new Error('it is larger than 1 MiB.')
  return readFile(path, 'utf8')
}

/** The files that a path with `*` and `?` means, in order. */
async function expand(pattern: string): Promise<string[]> {
  let paths = ['/']
  for (const part of pattern.split('/').filter(Boolean)) {
    if (!/[*?]/.test(part)) {
      paths = paths.map((path) => join(path, part))
      continue
    }
    const lists = await Promise.all(
      paths.map(async (path) => {
        const names = await readdir(path).catch(() => [])
        const fit = names.filter((name) => matchesPattern(part, name) && (part.startsWith('.') || !name.startsWith('.')))
        return fit.sort().map((name) => join(path, name))
      }),
    )
    paths = lists.flat()
  }
  return paths
}

/** @throws Error that names what is not understood */
function parseCriteria(given: string[]): Criterion[] {
  const words = given.flatMap((word) => {
    const [, name, value] = /^(!?[a-z]+)=(.*)$/i.exec(word) ?? []
    return name === undefined ? [word] : [name, value as string]
  })
  const criteria: Criterion[] = []
  while (words.length > 0) {
    const word = (words.shift() as string).toLowerCase()
    const negated = word.startsWith('!')
    const is = negated ? word.slice(1) : word
    if (is === 'all') criteria.push({ negated, is })
    else if (is === 'host' || is === 'originalhost') {
      const patterns = words.shift()
      if (!patterns) throw new Error(`Match ${is} has no value.`)
      criteria.push({ negated, is, patterns: patterns.split(',') })
    } else throw new Error(`Match ${is} is not understood: what stands under it is not used.`)
  }
  return criteria
}
