import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Sshd, startSshd } from '../../e2e/substrate/sshd.ts'
import { plain, subject, to } from '../../src/main/transports/ssh-subject.ts'
import type { Bench } from './bench.ts'
import { quantile } from './measure.ts'

const run = promisify(execFile)
/** Of each run the middle one of so many: one command takes a few ms. */
const COMMANDS = 15

const sshOptions = (sshd: Sshd, more: Record<string, string> = {}) => {
  const all = {
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    IdentityFile: sshd.keys[0],
    ...more,
  }
  return ['-p', String(sshd.port), ...Object.entries(all).flatMap(([name, value]) => ['-o', `${name}=${value}`])]
}

async function middle(work: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < COMMANDS; i++) {
    const from = performance.now()
    await work()
    took.push(performance.now() - from)
  }
  return quantile(
    took.toSorted((a, b) => a - b),
    0.5,
  )
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
    const options = sshOptions(sshd, { ControlPath: join(folder, 's'), ControlPersist: '600', ControlMaster: 'auto' })
    await run('ssh', [...options, '-f', '-N', `${sshd.user}@127.0.0.1`]).catch(() => {})
    return {
      ours: { name: 'Styx', run: () => middle(() => ours.say(endpoint, 'true')) },
      against: {
        name: 'ssh with ControlMaster',
        run: () => middle(() => run('ssh', [...options, `${sshd.user}@127.0.0.1`, 'true'])),
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
        run: async () => {
          const took: number[] = []
          for (let i = 0; i < 5; i++) {
            const ours = await subject({ known: sshd.knownHost })
            const from = performance.now()
            await ours.say(endpoint, 'true')
            took.push(performance.now() - from)
            ours.end()
            await rm(ours.folder, { recursive: true, force: true })
          }
          return quantile(
            took.toSorted((a, b) => a - b),
            0.5,
          )
        },
      },
      against: {
        name: 'ssh',
        run: async () => {
          const took: number[] = []
          for (let i = 0; i < 5; i++) {
            const from = performance.now()
            await run('ssh', [...sshOptions(sshd), `${sshd.user}@127.0.0.1`, 'true'])
            took.push(performance.now() - from)
          }
          return quantile(
            took.toSorted((a, b) => a - b),
            0.5,
          )
        },
      },
      close: () => sshd.stop(),
    }
  },
}
