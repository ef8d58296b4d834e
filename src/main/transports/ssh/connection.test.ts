import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import { plain, to } from '../ssh-subject.ts'
import { type Connected, dialDirectly } from './connect.ts'
import { createConnection } from './connection.ts'
import { ssh2 } from './ssh2.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const f of cleanUp.splice(0).reverse()) await f()
})

/** A connection by a port that leads to an sshd, and what was made for it. */
function connectionTo(sshd: Sshd, port: number) {
  const host = { ...to(sshd, plain(sshd)), port }
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
  return { connection, made }
}

test.skipIf(noSshd !== null)(
  'a program whose beginning, words and end come in one packet has said and ended what it did',
  async () => {
    const sshd = await startSshd()
    cleanUp.push(() => sshd.stop())
    // What the sshd answers is held back until it says nothing more for a while, as under load.
    const way = createServer((from) => {
      const there = connect(sshd.port, '127.0.0.1')
      let held: Buffer[] = []
      let timer: NodeJS.Timeout
      there.on('data', (chunk) => {
        held.push(chunk)
        clearTimeout(timer)
        timer = setTimeout(() => {
          from.write(Buffer.concat(held))
          held = []
        }, 150)
      })
      from.pipe(there)
      for (const end of [from, there]) end.on('error', () => {}).on('close', () => [from, there].map((one) => one.destroy()))
    }).listen(0, '127.0.0.1')
    cleanUp.push(() => way.close())
    await once(way, 'listening')
    const { connection } = connectionTo(sshd, (way.address() as AddressInfo).port)
    const { signal } = new AbortController()
    const child = await connection.exec('echo said; exit 7', null, signal)
    const [said] = await Promise.all([child.stdout.setEncoding('utf8').toArray(), child.stderr.resume()])
    expect([said.join(''), await child.exit]).toEqual(['said\n', { code: 7, signal: null }])
  },
)

test.skipIf(noSshd !== null)(
  'a way that is wanted while the connection ends is lost, and the next one is made anew',
  async () => {
    const sshd = await startSshd()
    cleanUp.push(() => sshd.stop())
    const { connection, made } = connectionTo(sshd, sshd.port)
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
