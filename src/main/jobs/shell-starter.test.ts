import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gangConformance } from './conformance-many.ts'
import { makeNodes } from './gang-under-test.ts'
import { createShellStarter } from './shell-starter.ts'

gangConformance('without Ray', async () => {
  const home = await mkdtemp(join(tmpdir(), 'styx-gang-home-'))
  return {
    ...(await makeNodes(home)),
    runner: 'shell',
    ray: null,
    starter: () => createShellStarter(resolve('resources')),
    close: () => rm(home, { recursive: true, force: true }),
  }
})
