import { StyxError } from '../../../shared/error.ts'
import { type SshHost, sshName } from '../../../shared/node.ts'

type Words = { code: string; what: string; why: string; suggestion: string; retryable: boolean }

const UNREACHABLE = 'The machine cannot be reached'

const BY_CODE: Record<string, Omit<Words, 'what'>> = {
  ECONNREFUSED: {
    code: 'ssh.refused',
    why: 'Nothing listens on this port.',
    suggestion: 'Check the port, and that sshd runs on the machine.',
    retryable: true,
  },
  ENOTFOUND: {
    code: 'ssh.unknown-host',
    why: 'No address is known for this name.',
    suggestion: 'Check the spelling of the host name, and your VPN.',
    retryable: true,
  },
  EAI_AGAIN: {
    code: 'ssh.unknown-host',
    why: 'The name server does not answer.',
    suggestion: 'Check your network and VPN.',
    retryable: true,
  },
  ...Object.fromEntries(
    ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ETIMEDOUT', 'EADDRNOTAVAIL'].map((code) => [
      code,
      {
        code: 'ssh.unreachable',
        why: code === 'ETIMEDOUT' ? 'It does not answer.' : 'No way leads there now.',
        suggestion: 'Check your network and VPN, and that the machine is on.',
        retryable: true,
      },
    ]),
  ),
}

/** An error of a socket on its way to a host, or of a connection that ended, in words. */
export function socketError(host: SshHost, error: unknown): StyxError {
  const all = error instanceof AggregateError ? error.errors : [error] // one for each address that was tried
  const first = all[0] as Partial<NodeJS.ErrnoException>
  const detail = all.map((one) => (one instanceof Error ? one.message : String(one))).join('\n')
  const words = BY_CODE[first?.code ?? '']
  if (words) return new StyxError({ ...words, what: UNREACHABLE, where: sshName(host), detail })
  return new StyxError({
    code: 'ssh.lost',
    what: 'The connection was lost',
    where: sshName(host),
    why: detail,
    suggestion: 'It is tried again by itself.',
    detail,
    retryable: true,
  })
}

/** An error that ssh2 met before the login was through. */
export function handshakeError(host: SshHost, error: Error): StyxError {
  const { message } = error
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code)) return socketError(host, error)
  const where = sshName(host)
  if (/no matching|handshake failed: no/i.test(message))
    return new StyxError({
      code: 'ssh.no-common-method',
      what: 'The machine speaks no kind of encryption that Styx speaks',
      where,
      why: `They found nothing in common: ${message.replace(/^handshake failed: /i, '')}.`,
      suggestion: `See whether "ssh ${where}" works in a terminal. On the machine, sshd has to allow curve25519-sha256 or another usual one (KexAlgorithms, HostKeyAlgorithms, Ciphers in sshd_config).`,
      detail: message,
    })
  if (/header|greeting|identification|invalid packet|bad packet|before handshake/i.test(message))
    return new StyxError({
      code: 'ssh.not-ssh',
      what: 'What answers there is not an SSH server',
      where,
      why: /before handshake/i.test(message)
        ? 'It hung up before it said anything. A server that is overrun, or that bars this address, does so too.'
        : 'It says other things first than an SSH server may.',
      suggestion: 'Check host and port; then try again.',
      detail: message,
      retryable: true,
    })
  return socketError(host, error)
}

export const tooSlow = (host: SshHost, doing: string, seconds: number): StyxError =>
  new StyxError({
    code: 'ssh.timeout',
    what: 'The machine does not answer in time',
    where: sshName(host),
    why: `${doing} was not done after ${seconds} s.`,
    suggestion: 'Check that the machine is not overloaded, and the network between.',
    retryable: true,
  })

/** @param tried what was tried, in words  @param allowed the methods that the host would take */
export const loginRefused = (host: SshHost, tried: readonly string[], allowed: readonly string[]): StyxError =>
  new StyxError({
    code: 'ssh.login-refused',
    what: 'The machine does not let you in',
    where: sshName(host),
    why: `Tried: ${tried.length > 0 ? tried.join('; ') : 'nothing, as there is nothing to try'}. It takes: ${allowed.join(', ') || 'it did not say'}.`,
    suggestion: 'Check the user name, and that your public key is in ~/.ssh/authorized_keys there (ssh-copy-id).',
  })

export const tooManyTries = (host: SshHost, tried: readonly string[]): StyxError =>
  new StyxError({
    code: 'ssh.login-refused',
    what: 'The machine does not let you in',
    where: sshName(host),
    why: `It hung up after too many tries: ${tried.join('; ')}.`,
    suggestion: 'Name the one key that it wants (IdentityFile and IdentitiesOnly yes in ~/.ssh/config).',
  })

export const hostKeyChanged = (host: SshHost, key: { type: string; fingerprint: string }, known: readonly string[]): StyxError =>
  new StyxError({
    code: 'ssh.host-key-changed',
    what: 'THE MACHINE SHOWS ANOTHER KEY THAN BEFORE',
    where: sshName(host),
    why: `It shows ${key.type} ${key.fingerprint}. Either somebody stands between you and the machine and would read everything, passwords too; or the machine was installed anew, or another one has its address now. Nothing was sent to it.`,
    suggestion: `Ask whoever runs the machine for its fingerprint. Only if it is the one above, remove the old key (${known.join(', ')}) and connect again.`,
    detail: known.join('\n'),
  })

export const hostKeyRevoked = (host: SshHost, fingerprint: string, where: string): StyxError =>
  new StyxError({
    code: 'ssh.host-key-revoked',
    what: 'THE KEY OF THE MACHINE IS REVOKED',
    where: sshName(host),
    why: `${fingerprint} is marked @revoked in ${where}: whoever shows it is not to be trusted. Nothing was sent to it.`,
    suggestion: 'Ask whoever runs the machine for a new host key.',
  })

/** @param target as the machine would dial it  @param detail what it said */
export const noWayThrough = (where: string, target: string, detail: string): StyxError =>
  new StyxError({
    code: 'ssh.no-way-through',
    what: 'The machine does not connect this port',
    where: `${where} → ${target}`,
    why: /prohibited/i.test(detail) ? 'It does not allow to be passed through.' : 'It finds nothing there that answers.',
    suggestion: 'Check host and port as the machine sees them, and AllowTcpForwarding in its sshd_config.',
    detail,
    retryable: true,
  })

export const noChannel = (host: SshHost, error: Error, waited_s: number): StyxError =>
  new StyxError({
    code: 'ssh.no-channel',
    what: 'The machine takes no further session',
    where: sshName(host),
    why:
      waited_s > 0
        ? `All sessions that it allows on one connection were in use for ${waited_s} s.`
        : 'It refuses to run anything on this connection.',
    suggestion: 'Close a terminal on it, or raise MaxSessions in its sshd_config.',
    detail: error.message,
    retryable: true,
  })

export const noShell = (host: SshHost, noise: string): StyxError =>
  new StyxError({
    code: 'ssh.no-shell',
    what: 'Nothing can be run on the machine',
    where: sshName(host),
    why: noise
      ? 'The login shell said something and ended before it ran what it was given.'
      : 'The login shell did not run what it was given.',
    suggestion: 'Check that the account has a login shell, and that neither a forced command nor a start file ends it.',
    detail: noise,
  })

/** What was told before a program could begin. */
export function notStarted(
  program: string,
  why: { is: 'no-folder'; folder: string } | { is: 'not-found'; path: string } | { is: 'forbidden'; file: string },
): StyxError {
  const what = `${program} could not be started`
  switch (why.is) {
    case 'no-folder':
      return new StyxError({
        code: 'exec.failed',
        what,
        where: why.folder,
        why: 'The folder to start it in is not there.',
        suggestion: 'Make the folder, or choose another one.',
      })
    case 'forbidden':
      return new StyxError({
        code: 'exec.failed',
        what,
        where: why.file,
        why: 'You may not run this file.',
        suggestion: `chmod +x ${why.file}`,
      })
    case 'not-found':
      return new StyxError({
        code: 'exec.not-found',
        what: `${program} is not installed`,
        where: program.includes('/') ? program : `PATH ${why.path}`,
        why: 'There is no program of this name.',
        suggestion: 'Install it there, or add its folder to the PATH.',
      })
  }
}
