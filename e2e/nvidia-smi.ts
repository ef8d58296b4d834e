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

/** What makes a login on an SSH machine find the stand-in, with four GPUs of its own. `folder`: where its capture is kept. */
export async function gpusOfHosts(folder: string, hosts: number): Promise<(index: number) => Record<string, string>> {
  const [fields, ...lines] = (await readFile(join(STAND_IN, 'captures/eight-h100'), 'utf8')).split('\n')
  const rows = lines.filter((line) => line.startsWith('row ')).slice(0, 4)
  const captureOf = (index: number) => join(folder, `gpus-of-${index}`)
  for (let index = 0; index < hosts; index++) {
    const own = [fields, ...rows.map((row) => row.replace('GPU-000000', `GPU-00000${index + 1}`))]
    await writeFile(captureOf(index), `${own.join('\n')}\n`)
  }
  return (index) => ({ PATH: `${STAND_IN}:${process.env.PATH}`, NVIDIA_SMI_CAPTURE: captureOf(index) })
}
