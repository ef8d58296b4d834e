// Test support: one engine's ssh, against an sshd of e2e/substrate.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Sshd } from '../../../e2e/substrate/sshd.ts'
import type { Ask } from '../../shared/ask.ts'
import type { SshEndpoint } from '../../shared/node.ts'
import { createAsks } from '../asks.ts'
import { capture } from './capture.ts'
import { openLocalTransport } from './local/local-transport.ts'
import { createSsh } from './ssh/ssh-transport.ts'
import type { Transport } from './transport.ts'

const here = openLocalTransport()

/** An engine's ssh with files of its own; `answer` is the user. */
export async function subject(
  options: { known?: string; kept?: Record<string, string>; answer?: (ask: Ask) => string | null; sshConfig?: string } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'styx-ssh-'))
  const knownHosts = join(folder, '.ssh', 'known_hosts')
  if (options.known !== undefined) {
    await mkdir(dirname(knownHosts))
    await writeFile(knownHosts, options.known)
  }
  const kept = new Map(Object.entries(options.kept ?? {}))
  const asked: Ask[] = []
  const asks = createAsks((change) => {
    if (change.type !== 'ask') return
    asked.push(change.ask)
    const value = options.answer?.(change.ask) ?? null
    queueMicrotask(() => {
      if (value === null) asks.dismiss(change.ask.id)
      else asks.answer({ askId: change.ask.id, value, remember: true })
    })
  })
  const secrets = Promise.resolve({
    kept: 'keyring' as const,
    why: '',
    read: async (name: string) => kept.get(name) ?? null,
    write: async (name: string, value: string) => void kept.set(name, value),
    remove: async (name: string) => void kept.delete(name),
  })
  const config = join(folder, 'config')
  await writeFile(config, options.sshConfig ?? '')
  const exec: Transport['exec'] = ([program, ...args], how) => here.exec([program, '-F', config, ...args], how)
  const ssh = createSsh({ asks, secrets, knownHosts: [knownHosts], exec })
  const say = async (endpoint: SshEndpoint, ...argv: [string, ...string[]]) => {
    const signal = AbortSignal.timeout(30_000)
    return (await capture(ssh.transport(endpoint), argv, { timeout_ms: 30_000, signal })).stdout
  }
  return { ssh, say, asked, kept, knownHosts, folder, end: () => ssh.close() }
}

/** The way to an sshd. */
export const to = (sshd: Sshd, auth: SshEndpoint['auth'], other: Partial<SshEndpoint> = {}): SshEndpoint => ({
  via: 'ssh',
  host: '127.0.0.1',
  port: sshd.port,
  user: sshd.user,
  auth,
  hostKeys: [],
  hostKeyAlias: null,
  jump: [],
  ...other,
})
export const plain = (sshd: Sshd): SshEndpoint['auth'] => [{ by: 'key', file: sshd.keys[0] }]
