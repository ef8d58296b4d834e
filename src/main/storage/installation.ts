import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'

/**
 * The installation's id, made at the first start. A file of its own, so that a lost database makes nothing foreign
 * that carries it as its tag.
 * @throws StyxError `installation.unreadable`
 */
export async function installationId(stateFolder: string): Promise<string> {
  const file = join(stateFolder, 'installation-id')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw unreadable(file, error.message)
  })
  if (text === null) return make(file)
  const id = z.uuid().safeParse(text.trim())
  if (!id.success) throw unreadable(file, 'It does not hold an id.')
  return id.data
}

async function make(file: string): Promise<string> {
  const id = randomUUID()
  // Written beside and renamed: a crash in the middle leaves no half of an id.
  await writeFile(`${file}.new`, `${id}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return id
}

const unreadable = (file: string, why: string) =>
  new StyxError({
    code: 'installation.unreadable',
    what: "The installation's id cannot be read",
    where: file,
    why,
    suggestion:
      'Put the file back from a backup. Without it Styx does not know which machines and folders are its own; if there are none, delete it.',
  })
