import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Homes } from './fixtures.ts'

/**
 * A home folder that hangs, as network ones do: `mkdir` answers nothing until `release()`. The second step of a launch ("Make its
 * folder") then stands still for as long as a test needs.
 */
export async function holdDisk({ userHome }: Homes): Promise<{ release(): Promise<void> }> {
  const held = join(userHome, 'held')
  await mkdir(join(userHome, 'bin'), { recursive: true })
  await writeFile(held, '')
  const script = `#!/bin/sh
while [ -e '${held}' ]; do sleep 0.05; done
exec /bin/mkdir "$@"
`
  await writeFile(join(userHome, 'bin', 'mkdir'), script, { mode: 0o755 })
  return { release: () => rm(held, { force: true }) }
}
