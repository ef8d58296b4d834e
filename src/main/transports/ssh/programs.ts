import { randomBytes } from 'node:crypto'
import { StyxError } from '../../../shared/error.ts'
import type { SshHost } from '../../../shared/node.ts'
import type { TerminalSize } from '../../../shared/terminal.ts'
import { capture } from '../capture.ts'
import type { Process, Transport } from '../transport.ts'
import type { Carried } from './channel.ts'
import { loginShellCommand, startScript } from './command.ts'
import { notStarted } from './errors.ts'
import { processOn } from './process.ts'

const ANSWER_MS = 15_000

/** What runs commands on a host. */
export type Carrier = {
  carry(command: string, pty: { term: string; size: TerminalSize } | null, signal: AbortSignal): Promise<Carried>
  /** For a signal to what runs, which must not wait behind it. */
  runAtOnce(command: string): Promise<void>
}

/** Programs on a host, over whatever runs commands there. */
export function programsOver(host: SshHost, { carry, runAtOnce }: Carrier): Pick<Transport, 'exec' | 'shell' | 'close'> {
  const closing = new AbortController()
  const running = new Set<Process>()

  const exec: Transport['exec'] = async (argv, { env, cwd, pty, signal }) => {
    signal.throwIfAborted()
    closing.signal.throwIfAborted()
    const mark = `styx-${randomBytes(9).toString('hex')}`
    const command = loginShellCommand(startScript(mark, argv, { env, cwd, pty }))
    const carried = await carry(command, pty ? { term: env?.TERM ?? 'xterm-256color', size: pty } : null, signal)
    const signals = [signal, closing.signal]
    const child = await processOn({ host, carried, runAtOnce, mark, pty: pty !== undefined, signals })
    if ('is' in child) throw notStarted(argv[0], child.is === 'no-folder' ? { is: child.is, folder: cwd ?? '' } : child)
    running.add(child)
    child.exit.then(() => running.delete(child))
    return child
  }

  return {
    exec,
    shell: async (signal) => {
      const said = await capture({ exec }, ['sh', '-c', 'printf %s "$SHELL"'], { timeout_ms: ANSWER_MS, signal })
      const shell = said.stdout
      return shell.startsWith('/') && !/\/(nologin|false)$/.test(shell) ? [shell, '-l'] : ['/bin/sh', '-l']
    },
    close: async () => {
      closing.abort(new StyxError({ code: 'ssh.closed', what: 'The connection is closed', suggestion: 'Start Styx again.' }))
      await Promise.all([...running].map((child) => child.exit))
    },
  }
}
