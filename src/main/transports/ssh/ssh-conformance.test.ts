import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import { createAsks } from '../../asks.ts'
import { transportConformance } from '../conformance.ts'
import { createSsh } from './ssh-transport.ts'

const NO_SECRETS = Promise.resolve({
  kept: 'memory' as const,
  why: '',
  read: async () => null,
  write: async () => {},
  remove: async () => {},
})

describe.skipIf(noSshd !== null)('over a real sshd', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(async () => {
    await sshd.stop()
  })

  transportConformance('ssh', async () => {
    const knownHosts = join(await mkdtemp(join(tmpdir(), 'styx-known-')), 'known_hosts')
    await writeFile(knownHosts, sshd.knownHost)
    const ssh = createSsh({ asks: createAsks(() => {}), secrets: NO_SECRETS, knownHosts: [knownHosts] })
    const transport = ssh.transport({
      via: 'ssh',
      host: '127.0.0.1',
      port: sshd.port,
      user: sshd.user,
      auth: [{ by: 'key', file: sshd.keys[0] }],
      hostKeys: [],
      hostKeyAlias: null,
      jump: [],
    })
    return { ...transport, close: () => transport.close().finally(ssh.close) }
  })
})

if (noSshd) test.skip(`ssh: ${noSshd}`)
