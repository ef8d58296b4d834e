import { join } from 'node:path'
import { StyxError } from '../../../shared/error.ts'
import type { Found, FoundHost } from '../../../shared/found.ts'
import { sshName } from '../../../shared/node.ts'
import type { HostName } from '../../../shared/pool.ts'
import { namedHosts } from './config-lookup.ts'
import { readPools } from './pools-file.ts'
import { resolveHost, type Surroundings } from './resolve.ts'
import { readSurroundings } from './surroundings.ts'

/** The machines that ~/.ssh/config and SkyPilot's ~/.sky/ssh_node_pools.yaml name. Nobody is contacted. */
export async function findMachines(): Promise<Found> {
  const around = await readSurroundings()
  const [configFile, poolsFile] = [join(around.home, '.ssh', 'config'), join(around.home, '.sky', 'ssh_node_pools.yaml')]
  const { pools, problems } = await readPools(poolsFile)
  const named = namedHosts(around.own.nodes).map(({ name, file, line }) =>
    found({ host: name, user: null, port: null, identityFile: null, jump: null }, { file, line }, around),
  )
  const groups = [
    { name: 'ssh-config', file: configFile, hosts: named },
    ...pools.map(({ name, hosts }) => ({
      name,
      file: poolsFile,
      hosts: hosts.map(({ line, ...host }) => found(host, { file: poolsFile, line }, around)),
    })),
  ]
  return { groups: groups.filter(({ hosts }) => hosts.length > 0), problems: [...around.own.problems, ...problems] }
}

function found(name: HostName, at: { file: string; line: number }, around: Surroundings): FoundHost {
  try {
    const endpoint = resolveHost(name, around)
    return { ...name, ...at, address: sshName(endpoint), through: endpoint.jump.map(sshName), problem: null }
  } catch (error) {
    if (!(error instanceof StyxError)) throw error
    return { ...name, ...at, address: '', through: [], problem: `${error.data.what}: ${error.data.why}` }
  }
}
