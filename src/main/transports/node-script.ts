import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StyxError } from '../../shared/error.ts'

export type NodeScript =
  | 'facts'
  | 'fetch'
  | 'files'
  | 'folder'
  | 'git'
  | 'job'
  | 'list'
  | 'ray-install'
  | 'ray-look'
  | 'ray-run'
  | 'sample'
  | 'terminal'
  | 'verify'

/**
 * One of resources/node/*.sh as an argv for any node: its text goes to `sh -c`, so that nothing has to be copied there first, and the
 * arguments are `$1`…, never part of the text.
 * @param resources the folder `resources` of this installation
 * @throws StyxError `install.incomplete` when the file is missing
 */
export async function nodeScript(resources: string, name: NodeScript, ...args: string[]): Promise<[string, ...string[]]> {
  const path = join(resources, 'node', `${name}.sh`)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StyxError({
      code: 'install.incomplete',
      what: 'A file of Styx is missing',
      where: path,
      why: error instanceof Error ? error.message : String(error),
      suggestion: 'Install Styx again.',
    })
  })
  return ['sh', '-c', text, `styx-${name}`, ...args]
}
