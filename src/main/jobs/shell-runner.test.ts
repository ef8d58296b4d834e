import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { randomUUID } from 'node:crypto'
import { nodeFolder } from '../providers/node-folder.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { runnerConformance } from './conformance.ts'
import { createShellRunner } from './shell-runner.ts'

const resources = resolve('resources')

runnerConformance('sh', async () => {
  const home = await mkdtemp(join(tmpdir(), 'styx-runner-'))
  const realHome = process.env.HOME
  process.env.HOME = home
  const transport = openLocalTransport()
  return {
    runner: createShellRunner(resources),
    newNode: async () => {
      const owner = { installationId: 'installation', clusterId: 'cluster', nodeId: randomUUID() }
      const { path } = await nodeFolder('make', owner, { transport, resources, signal: new AbortController().signal })
      return {
        node: { ...owner, transport, isHere: true },
        folder: path,
        remove: () => rm(path, { recursive: true, force: true }),
      }
    },
    close: async () => {
      await transport.close()
      process.env.HOME = realHome
      await rm(home, { recursive: true, force: true })
    },
  }
})
