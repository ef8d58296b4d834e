import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { expect, vi } from 'vitest'
import type { Sshd } from '../../e2e/substrate/sshd.ts'
import type { Snapshot } from '../shared/change.ts'
import type { Cluster } from '../shared/cluster.ts'
import { openEngine } from './engine.ts'

export type EngineUnderTest = Awaited<ReturnType<typeof engineUnderTest>>

/**
 * A whole engine with a home of its own, which is HOME until it is closed: its ~/.ssh/config names the hosts gpu0, gpu1…, and their keys are
 * known. `home`: an empty folder.
 */
export async function engineUnderTest(hosts: readonly Sshd[], home = mkdtempSync(join(tmpdir(), 'styx-engine-'))) {
  const stateFolder = join(home, '.styx')
  mkdirSync(stateFolder, { mode: 0o700 })
  mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  const config = hosts.map(
    ({ port, user, keys }, index) =>
      `Host gpu${index}\n  HostName 127.0.0.1\n  Port ${port}\n  User ${user}\n  IdentityFile ${keys[0]}\n  IdentitiesOnly yes\n`,
  )
  writeFileSync(join(home, '.ssh/config'), config.join('\n'), { mode: 0o600 })
  know(home, hosts)
  const realHome = process.env.HOME
  process.env.HOME = home
  const open = () => openEngine({ stateFolder, resources: resolve('resources'), version: '0' })
  let engine = await open()
  const client = () => createRouterClient(engine.router, { context: { host: 'web' } })
  return {
    home,
    engine: () => engine,
    client,
    /** What a client is told first. */
    snapshot: async (): Promise<Snapshot> => {
      const stop = new AbortController()
      for await (const change of await client().changes(undefined, { signal: stop.signal })) {
        stop.abort()
        if (change.type === 'snapshot') return change.snapshot
      }
      throw new Error('no snapshot')
    },
    /** Waits until the cluster is so, 30 s at the most. */
    reaches: (clusterId: string, is: Cluster['state']['is']) =>
      vi.waitFor(async () => expect((await client().clusters.read({ clusterId })).state).toMatchObject({ is }), {
        timeout: 30_000,
        interval: 50,
      }),
    /** Ends it and starts the next one. `meanwhile`: what is done while there is none. */
    reopen: async (meanwhile: () => Promise<unknown> = async () => {}): Promise<void> => {
      await engine.close()
      await meanwhile()
      engine = await open()
    },
    close: async (): Promise<void> => {
      await engine.close()
      process.env.HOME = realHome
    },
  }
}

/** Writes the keys of the hosts, and no others, into known_hosts. */
export const know = (home: string, hosts: readonly Sshd[]): void =>
  writeFileSync(join(home, '.ssh/known_hosts'), hosts.map(({ knownHost }) => knownHost).join(''))

/** The hosts as a pool has them that is typed in. */
export const poolOf = (hosts: readonly Sshd[]) =>
  hosts.map(({ port, user, keys }) => ({ host: '127.0.0.1', user, port, identityFile: keys[0], jump: null }))
