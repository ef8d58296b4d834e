import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { nodeFolder } from '../providers/node-folder.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { gangConformance, newIds } from './conformance-many.ts'
import { createShellStarter } from './shell-starter.ts'

gangConformance('without Ray', async () => {
  const resources = resolve('resources')
  const home = await mkdtemp(join(tmpdir(), 'styx-gang-home-'))
  const before = process.env.HOME
  process.env.HOME = home
  const { installationId, clusterId, nodeIds } = newIds()
  const transport = openLocalTransport()
  const nodes = []
  for (const [rank, id] of nodeIds.entries()) {
    const owner = { installationId, clusterId, nodeId: id }
    const { path } = await nodeFolder('make', owner, { transport, resources, signal: new AbortController().signal })
    nodes.push({ id, folder: path, innerIp: `10.0.0.${rank + 1}` })
  }
  process.env.HOME = before
  return {
    runner: 'shell',
    home,
    ray: null,
    nodes,
    clusterId,
    installationId,
    starter: () => createShellStarter(resources),
    close: async () => {
      await transport.close()
      await rm(home, { recursive: true, force: true })
    },
  }
})
