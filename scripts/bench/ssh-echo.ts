import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { startSshd } from '../../e2e/substrate/sshd.ts'
import { bareSsh } from './bare-ssh.ts'
import type { Bench } from './bench.ts'
import { type EngineClient, PROMPT, startEngine } from './engine-client.ts'
import { echoOf, PROGRAM } from './terminal-echo.ts'
import { openSession } from './terminal-session.ts'

/** A key through page, engine and ssh to a program on a node and back, against `ssh` in a PTY of this process. */
export const sshEcho: Bench = {
  name: 'keystroke over ssh, p99',
  unit: 'ms',
  runs: 5,
  goal: { is: 'added-at-most', limit: 3 },
  open: async () => {
    const [engine, sshd] = await Promise.all([startEngine(), startSshd()])
    await writeFile(join(sshd.home, '.bash_profile'), `PS1='${PROMPT}'\nunset PROMPT_COMMAND\n`)
    const folder = join(engine.home, '.ssh')
    await mkdir(folder, { mode: 0o700 })
    await writeFile(join(folder, 'known_hosts'), sshd.knownHost)
    const config = `Host node\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n  IdentityFile ${sshd.keys[0]}\n`
    await writeFile(join(folder, 'config'), config, { mode: 0o600 })
    const session = await openSession(engine, await launch(engine))
    const argv = ['-tt', '-p', String(sshd.port), ...bareSsh(sshd), `${sshd.user}@127.0.0.1`, PROGRAM]
    const start = () => spawn('ssh', argv, { cols: 120, rows: 30 })
    const { close, ...sides } = await echoOf(session, 'ssh in a bare PTY', start)
    return {
      ...sides,
      close: async () => {
        await close()
        await engine.close()
        await sshd.stop()
      },
    }
  },
}

/** A cluster of the one machine in the ssh config; answers with its node. */
async function launch({ api }: EngineClient): Promise<string> {
  const host = { host: 'node', user: null, port: null, identityFile: null, jump: null }
  const place = await api.places.save({ name: 'bench', hosts: [host] })
  await api.places.check({ placeId: place.id })
  const [offer] = await api.places.offers({ placeId: place.id })
  const { clusterId } = await api.clusters.launch({ placeId: place.id, offerId: offer!.id, name: 'bench' })
  for (;;) {
    const { state } = await api.clusters.read({ clusterId })
    if (state.is === 'ready') break
    await sleep(100)
  }
  for await (const change of await api.changes())
    if (change.type === 'snapshot') return change.snapshot.nodes.find((node) => node.clusterId === clusterId)!.id
  throw new Error('no snapshot came')
}
