import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepFilesPrivate, withUsersUmask } from './umask.ts'

test('our files are private, and what the user starts makes files as the user likes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'styx-umask-'))
  const before = process.umask(0o022)
  try {
    const mode = (name: string) => statSync(join(folder, name)).mode & 0o777
    const touch = (name: string) => spawnSync('touch', [join(folder, name)])
    keepFilesPrivate()
    keepFilesPrivate() // a second time remembers the user's own all the same
    writeFileSync(join(folder, 'ours'), '')
    withUsersUmask(() => touch('theirs'))
    touch('ours-again')
    expect([mode('ours'), mode('theirs'), mode('ours-again')]).toEqual([0o600, 0o644, 0o600])
  } finally {
    process.umask(before)
    rmSync(folder, { recursive: true })
  }
})
