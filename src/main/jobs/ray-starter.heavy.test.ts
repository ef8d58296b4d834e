import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'vitest'
import { noRayHere, startRay } from '../../../e2e/substrate/ray.ts'
import { nodeFolder } from '../providers/node-folder.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { gangConformance, newIds } from './conformance-many.ts'
import { createRayStarter } from './ray-starter.ts'

// A real Ray of three nodes on this machine.

const reason = noRayHere()
if (reason) test.skip(`jobs by Ray: ${reason}`)
else
  gangConformance('by Ray', async () => {
    const resources = resolve('resources')
    const home = await mkdtemp(join(tmpdir(), 'styx-gang-home-'))
    const before = process.env.HOME
    const { installationId, clusterId, nodeIds } = newIds()
    const transport = openLocalTransport()
    process.env.HOME = home
    const nodes = []
    for (const [rank, id] of nodeIds.entries()) {
      const owner = { installationId, clusterId, nodeId: id }
      const { path } = await nodeFolder('make', owner, { transport, resources, signal: new AbortController().signal })
      nodes.push({ id, folder: path, innerIp: `127.0.10.${rank + 1}` })
    }
    process.env.HOME = before
    const { ray, raylet, stop } = await startRay(home, nodeIds, 31_000)
    const head = { installationId, clusterId, nodeId: nodeIds[0] as string, transport, isHere: true }
    return {
      runner: 'ray',
      home,
      ray,
      raylet,
      nodes,
      clusterId,
      installationId,
      starter: () => createRayStarter({ resources, cluster: () => ({ ray, head }) }),
      close: async () => {
        await stop()
        await transport.close()
        await rm(home, { recursive: true, force: true })
      },
    }
  })
