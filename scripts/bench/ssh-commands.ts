import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Sshd, startSshd } from '../../e2e/substrate/sshd.ts'
import { plain, subject, to } from '../../src/main/transports/ssh-subject.ts'
import { bareSsh } from './bare-ssh.ts'
import type { Bench } from './bench.ts'
import { summarize, timed } from './measure.ts'

const run = promisify(execFile)
/** Of each run the middle one of so many: one command takes a few ms, one connection ten times as long. */
const COMMANDS = 15
const CONNECTIONS = 5

const toPort = (sshd: Sshd, more?: Record<string, string>) => ['-p', String(sshd.port), ...bareSsh(sshd, more)]

/** The middle one of so many times that `one` takes or tells, ms. */
async function middle(times: number, one: () => Promise<number>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < times; i++) took.push(await one())
  return summarize(took).median
}

/** `true` on a machine that both are connected to: over our connection, and over OpenSSH's. */
export const sshCommand: Bench = {
  name: 'command on a connected node',
  unit: 'ms',
  runs: 9,
  goal: { is: 'ratio-at-most', limit: 1 },
  open: async () => {
    const sshd = await startSshd()
    const ours = await subject({ known: sshd.knownHost })
    const endpoint = to(sshd, plain(sshd))
    const folder = await mkdtemp(join(tmpdir(), 'styx-cm-'))
    const options = toPort(sshd, { ControlPath: join(folder, 's'), ControlPersist: '600', ControlMaster: 'auto' })
    await run('ssh', [...options, '-f', '-N', `${sshd.user}@127.0.0.1`]).catch(() => {})
    return {
      ours: { name: 'Styx', run: () => middle(COMMANDS, () => timed(() => ours.say(endpoint, 'true'))) },
      against: {
        name: 'ssh with ControlMaster',
        run: () => middle(COMMANDS, () => timed(() => run('ssh', [...options, `${sshd.user}@127.0.0.1`, 'true']))),
      },
      close: async () => {
        await run('ssh', [...options, '-O', 'exit', '127.0.0.1']).catch(() => {})
        ours.end()
        await sshd.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}

/** The same where nobody is connected yet. */
export const sshFresh: Bench = {
  name: 'command on a fresh node',
  unit: 'ms',
  runs: 9,
  goal: { is: 'ratio-at-most', limit: 0.6 },
  open: async () => {
    const sshd = await startSshd()
    const endpoint = to(sshd, plain(sshd))
    return {
      ours: {
        name: 'Styx',
        run: () =>
          middle(CONNECTIONS, async () => {
            const ours = await subject({ known: sshd.knownHost })
            const took = await timed(() => ours.say(endpoint, 'true'))
            ours.end()
            await rm(ours.folder, { recursive: true, force: true })
            return took
          }),
      },
      against: {
        name: 'ssh',
        run: () => middle(CONNECTIONS, () => timed(() => run('ssh', [...toPort(sshd), `${sshd.user}@127.0.0.1`, 'true']))),
      },
      close: () => sshd.stop(),
    }
  },
}
