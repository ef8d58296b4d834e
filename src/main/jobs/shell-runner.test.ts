import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { nodeFolder } from '../providers/node-folder.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { runnerConformance } from './conformance.ts'
import { createShellRunner } from './shell-runner.ts'

const resources = resolve('resources')

runnerConformance('this machine', async () => {
  const home = await mkdtemp(join(tmpdir(), 'styx-runner-'))
  const before = process.env.HOME
  process.env.HOME = home
  const transport = openLocalTransport()
  return {
    runner: createShellRunner(resources),
    newNode: async () => {
      const owner = { installationId: 'installation', clusterId: 'cluster', nodeId: randomUUID() }
      const { path } = await nodeFolder('make', owner, { transport, resources, signal: new AbortController().signal })
      const remove = () => rm(path, { recursive: true, force: true })
      return { node: { ...owner, transport, isHere: true }, folder: path, remove }
    },
    close: async () => {
      await transport.close()
      process.env.HOME = before
      await rm(home, { recursive: true, force: true })
    },
  }
})
