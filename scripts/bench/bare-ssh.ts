import type { Sshd } from '../../e2e/substrate/sshd.ts'

/** What OpenSSH's own programs need to reach a test's sshd without a question: `-o NAME=VALUE …`. The port is said by `-p`, or scp's `-P`. */
export function bareSsh({ keys }: Sshd, more: Record<string, string> = {}): string[] {
  const options = {
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    IdentityFile: keys[0],
    ...more,
  }
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}
