import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Homes } from './fixtures.ts'

const STAND_IN = join(import.meta.dirname, 'substrate/nvidia-smi')

/** Puts the stand-in for nvidia-smi first on the user's PATH. Returns what makes it answer from a capture (see substrate/nvidia-smi), with more lines. */
export async function installNvidiaSmi({ userHome }: Homes): Promise<(capture: string, more?: string) => Promise<void>> {
  const capture = join(userHome, 'nvidia-smi.capture')
  await mkdir(join(userHome, 'bin'), { recursive: true })
  const program = join(userHome, 'bin/nvidia-smi')
  await writeFile(program, `#!/bin/sh\nNVIDIA_SMI_CAPTURE='${capture}' exec '${join(STAND_IN, 'nvidia-smi')}' "$@"\n`)
  await chmod(program, 0o755)
  return async (name, more = '') => writeFile(capture, `${await readFile(join(STAND_IN, 'captures', name), 'utf8')}${more}`)
}
