import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'vitest'
import { noRayHere, startRay } from '../../../e2e/substrate/ray.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { gangConformance } from './conformance-many.ts'
import { makeNodes } from './gang-under-test.ts'
import { createRayStarter } from './ray-starter.ts'

// A real Ray of three nodes on this machine.

const reason = noRayHere()
if (reason) test.skip(`jobs by Ray: ${reason}`)
else
  gangConformance('by Ray', async () => {
    const home = await mkdtemp(join(tmpdir(), 'styx-gang-home-'))
    const made = await makeNodes(home)
    const nodeIds = made.nodes.map(({ id }) => id)
    const { ray, raylet, stop } = await startRay(home, nodeIds, 31_000)
    const transport = openLocalTransport()
    const { installationId, clusterId } = made
    const head = { installationId, clusterId, nodeId: nodeIds[0] as string, transport, isHere: true }
    return {
      ...made,
      runner: 'ray',
      ray,
      raylet,
      starter: () => createRayStarter({ resources: resolve('resources'), cluster: () => ({ ray, head }) }),
      close: async () => {
        await stop()
        await transport.close()
        await rm(home, { recursive: true, force: true })
      },
    }
  })
