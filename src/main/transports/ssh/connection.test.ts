import { readFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { noSshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import { plain, to } from '../ssh-subject.ts'
import { type Connected, dialDirectly } from './connect.ts'
import { createConnection } from './connection.ts'
import { ssh2 } from './ssh2.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const f of cleanUp.splice(0).reverse()) await f()
})

test.skipIf(noSshd !== null)(
  'a way that is wanted while the connection ends is lost, and the next one is made anew',
  async () => {
    const sshd = await startSshd()
    cleanUp.push(() => sshd.stop())
    const host = to(sshd, plain(sshd))
    const made: Connected[] = []
    const connection = createConnection(host, async (signal) => {
      const { Client } = await ssh2()
      const under = await dialDirectly(host, signal)
      const client = new Client()
      const privateKey = await readFile(sshd.keys[0])
      await new Promise<void>((resolve, reject) => {
        client.once('ready', resolve).once('error', reject)
        client.connect({ sock: under, username: sshd.user, privateKey })
      })
      made.push({ client, under })
      return { client, under }
    })
    cleanUp.push(() => connection.close())
    const { signal } = new AbortController()
    const dial = () => connection.dial('127.0.0.1', sshd.port, signal)

    ;(await dial()).destroy()
    made[0]?.client.end()
    await expect(dial()).rejects.toMatchObject({ data: { code: 'ssh.lost', retryable: true } })
    await new Promise<void>((resolve) => made[0]?.client.once('close', () => resolve()))
    ;(await dial()).destroy()
    expect(made).toHaveLength(2)
  },
)
