import { homedir, userInfo } from 'node:os'
import type { Process, Transport } from '../transport.ts'
import { userEnvironment } from './environment.ts'
import { findProgram } from './find-program.ts'
import { startWithPipes } from './pipe-process.ts'
import { startInPty } from './pty-process.ts'

/** Programs on this machine, as the user who runs Styx. */
export function openLocalTransport(): Transport {
  const closing = new AbortController()
  const running = new Set<Process>()

  return {
    exec: async (argv, { env: added, cwd = homedir(), pty, signal }) => {
      const env = { ...userEnvironment(process.env), ...added }
      const file = await findProgram(argv[0], env.PATH ?? '', cwd)
      signal.throwIfAborted()
      closing.signal.throwIfAborted()
      const start = { file, argv, env, cwd, signals: [signal, closing.signal] }
      const child = pty ? await startInPty({ ...start, size: pty }) : await startWithPipes(start)
      running.add(child)
      child.exit.then(() => running.delete(child))
      return child
    },
    shell: async () => {
      for (const shell of [loginShell(), process.env.SHELL, '/bin/bash']) {
        if (!shell || /\/(nologin|false)$/.test(shell)) continue
        const file = await findProgram(shell, '', '/').catch(() => null)
        if (file) return [file, '-l']
      }
      return ['/bin/sh', '-l']
    },
    forward: async (port, signal, options) => {
      signal.throwIfAborted()
      options?.tell?.(null)
      return { localPort: port, close: () => {} }
    },
    watch: (tell) => tell({ is: 'open', system: null }),
    wake: () => {},
    close: async () => {
      closing.abort()
      await Promise.all([...running].map((child) => child.exit))
    },
  }
}

function loginShell(): string | null {
  try {
    return userInfo().shell
  } catch {
    return null // a user without an entry in passwd, as in some containers
  }
}
