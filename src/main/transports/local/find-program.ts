import { access, constants, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { StyxError } from '../../../shared/error.ts'

/**
 * The file that `program` names, as execvp would find it. Looked up before the start, because a PTY reports a program that is not there
 * only as text on the screen.
 * @throws StyxError `exec.not-found` | `exec.failed`
 */
export async function findProgram(program: string, path: string, cwd: string): Promise<string> {
  const folder = await stat(cwd).catch(() => null)
  if (!folder?.isDirectory()) {
    throw new StyxError({
      code: 'exec.failed',
      what: `${program} could not be started`,
      where: cwd,
      why: 'The folder to start it in is not there.',
      suggestion: 'Make the folder, or choose another one.',
    })
  }
  const files =
    program.includes('/') || isAbsolute(program) ? [resolve(cwd, program)] : path.split(delimiter).map((p) => join(p, program))
  let forbidden: string | null = null
  for (const file of files) {
    const found = await stat(file).catch(() => null)
    if (!found?.isFile()) continue
    const runs = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return file
    forbidden ??= file
  }
  if (forbidden !== null) {
    throw new StyxError({
      code: 'exec.failed',
      what: `${program} could not be started`,
      where: forbidden,
      why: 'You may not run this file.',
      suggestion: `chmod +x ${forbidden}`,
    })
  }
  throw new StyxError({
    code: 'exec.not-found',
    what: `${program} is not installed`,
    where: program.includes('/') ? program : `PATH ${path}`,
    why: 'There is no program of this name.',
    suggestion: 'Install it, or add its folder to the PATH.',
  })
}
