import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorDataOf, StyxError } from '../../../shared/error.ts'
import { type SshEndpoint, sshName } from '../../../shared/node.ts'
import type { Asks } from '../../asks.ts'
import { capture } from '../capture.ts'
import type { Way } from '../forward.ts'
import type { Link, Transport } from '../transport.ts'
import type { Carried } from './channel.ts'
import { hostKeyChanged, hostKeyRevoked, noWayThrough } from './errors.ts'
import { fingerprint, judge, type KnownHost, keepLine, parseKnownHosts, readKnownHosts } from './known-hosts.ts'
import { type Carrier, programsOver } from './programs.ts'
import type { Dialling } from './ssh-transport.ts'

const CHECK_MS = 30_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Of what ssh logs, to find what went wrong. */
const LOG_KEPT = 16 * 1024

export type SystemSshOptions = {
  asks: Asks
  knownHosts: readonly string[]
  /** Runs a program on this machine. */
  exec: Transport['exec']
}

/**
 * Programs on a host that only the system's `ssh` can reach (a ProxyCommand, a certificate, a security key, a key exchange that ssh2
 * lacks): one `ssh` for each of them, with our own rules for host keys and with nobody to ask for a password. How a signal ended a
 * program cannot be learned this way: it is told as exit code 255.
 */
export function openSystemSsh(endpoint: SshEndpoint, { asks, knownHosts, exec }: SystemSshOptions): Dialling {
  const own = endpoint.system?.destination ?? null
  const where =
    own === null ? ['-p', String(endpoint.port), '-l', endpoint.user, ...keysOf(endpoint), '--', endpoint.host] : ['--', own]
  const about = sshName(endpoint)
  let checked: Promise<void> | null = null
  let wakeUp = () => {}

  const rules = (strict: 'yes' | 'accept-new', files: readonly string[]) =>
    options({
      BatchMode: 'yes',
      ControlMaster: 'no',
      ControlPath: 'none',
      ConnectTimeout: '15',
      ServerAliveInterval: '3',
      ServerAliveCountMax: '3',
      ForwardAgent: 'no',
      ForwardX11: 'no',
      ClearAllForwardings: 'yes',
      PermitLocalCommand: 'no',
      RemoteCommand: 'none',
      HashKnownHosts: 'no',
      LogLevel: 'ERROR',
      UpdateHostKeys: 'no',
      VisualHostKey: 'no',
      StrictHostKeyChecking: strict,
      UserKnownHostsFile: files.map((file) => `"${file}"`).join(' '),
      GlobalKnownHostsFile: '/dev/null',
    })

  /**
   * The host's key, as ssh itself sees it, is judged before anything is sent: a run that offers no way to log in, and that writes the key
   * into a file of its own. The runs after it accept only what known_hosts has.
   */
  async function check(signal: AbortSignal): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'styx-host-key-'))
    try {
      const file = join(folder, 'seen')
      const nothing = options({ PreferredAuthentications: 'none' })
      const said = await capture({ exec }, ['ssh', ...rules('accept-new', [file]), ...nothing, ...where, 'true'], {
        timeout_ms: CHECK_MS,
        signal,
      })
      const [seen] = parseKnownHosts(await readFile(file, 'utf8').catch(() => ''), file)
      if (!seen) throw refused(about, said.stderr)
      await judgeKey(seen, signal)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async function judgeKey(seen: KnownHost, signal: AbortSignal): Promise<void> {
    const shownName = seen.names.split(',')[0]! // an older ssh adds the address
    const [, bracketed, port] = /^\[(.+)\]:(\d+)$/.exec(shownName) ?? []
    const name = bracketed ?? shownName
    const key = Buffer.from(seen.key, 'base64')
    const known = await readKnownHosts(knownHosts)
    const verdict = judge(known, name, Number(port ?? 22), key)
    const shown = { type: seen.keyType, fingerprint: fingerprint(key) }
    if (verdict.is === 'revoked') throw hostKeyRevoked(endpoint, shown.fingerprint, verdict.where)
    if (verdict.is === 'changed') throw hostKeyChanged(endpoint, shown, verdict.known)
    if (verdict.is === 'known') return
    const { type: keyType } = shown
    const question = {
      kind: 'host-key',
      about,
      host: shownName,
      keyType,
      fingerprint: shown.fingerprint,
      knownAs: verdict.knownAs,
    } as const
    await asks.ask(question, signal)
    await keepLine(knownHosts[0]!, `${shownName} ${seen.keyType} ${seen.key}`)
  }

  async function checkOnce(signal: AbortSignal): Promise<void> {
    checked ??= check(signal)
    await checked.catch((error: unknown) => {
      checked = null
      throw error
    })
  }

  /** One ssh for each connection, which it begins and ends with. It says by its log that the connection is there. */
  async function dial(port: number, signal: AbortSignal): Promise<Way> {
    await checkOnce(signal)
    const stop = new AbortController()
    const leave = () => stop.abort()
    signal.addEventListener('abort', leave, { once: true })
    const how = ['-o', 'LogLevel=DEBUG2', ...rules('yes', knownHosts), '-W', `127.0.0.1:${port}`]
    try {
      const child = await exec(['ssh', ...how, ...where], { signal: stop.signal })
      child.stdin.on('error', () => {}) // it ended
      let said = ''
      await new Promise<void>((resolve, reject) => {
        child.stderr.on('data', (chunk: Buffer) => {
          said = (said + chunk).slice(-LOG_KEPT)
          if (/^debug2: channel 0: open confirm/m.test(said)) resolve()
        })
        child.exit.then(() => reject(signal.aborted ? signal.reason : notThrough(about, port, said)))
      })
      return { readable: child.stdout, writable: child.stdin, close: () => stop.abort() }
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  const carrier: Carrier = {
    carry: async (command, pty, signal) => {
      await checkOnce(signal)
      const argv: [string, ...string[]] = ['ssh', pty ? '-tt' : '-T', ...rules('yes', knownHosts), ...where, command]
      const child = await exec(argv, { pty: pty?.size, env: pty ? { TERM: pty.term } : {}, signal: new AbortController().signal })
      const closed = child.exit.then(() => {})
      return {
        ...child,
        closed,
        close: () => child.kill('TERM'),
        whyEnded: ({ code }, said) => (code === 255 ? refused(about, said) : null),
      } satisfies Carried
    },
    runAtOnce: async (command) => {
      await capture({ exec }, ['ssh', '-T', ...rules('yes', knownHosts), ...where, command], {
        timeout_ms: CHECK_MS,
        signal: new AbortController().signal,
      })
    },
  }
  const programs = programsOver(endpoint, carrier)

  return {
    ...programs,
    dial,
    watch: (tell, signal) => void keepLooking(tell, signal),
    wake: () => {
      checked = null
      wakeUp()
    },
  }

  /** One session that only waits stands for the connection: while it lives, the host is there. */
  async function keepLooking(tell: (link: Link) => void, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      tell({ is: 'connecting' })
      try {
        const child = await programs.exec(['cat'], { signal })
        tell({ is: 'open', system: endpoint.system?.why ?? 'It has no encryption in common with Styx’s own SSH.' })
        failures = 0
        await child.exit
        if (signal.aborted) return
        tell({ is: 'lost', error: refused(about, 'The session ended.').data })
      } catch (error) {
        if (signal.aborted) return
        const data = errorDataOf(error, about)
        const isOver = error instanceof StyxError && !data.retryable
        tell({ is: isOver ? 'needs-you' : 'lost', error: data })
        if (isOver) await woken(signal, null)
      }
      await woken(signal, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures))
    }
  }

  /** Until it is woken, or so long. */
  function woken(signal: AbortSignal, ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = ms === null ? undefined : setTimeout(end, ms)
      wakeUp = end
      signal.addEventListener('abort', end)
    })
  }
}

const options = (values: Record<string, string>): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['-o', `${name}=${value}`])

const keysOf = ({ auth }: SshEndpoint): string[] => auth.flatMap((way) => (way.by === 'key' ? ['-i', way.file] : []))

function notThrough(where: string, port: number, log: string): StyxError {
  const detail = log
    .split('\n')
    .filter((line) => line.trim() && !/^(debug\d:|OpenSSH_)/.test(line))
    .join('\n')
  if (/open failed/.test(detail)) return noWayThrough(where, `127.0.0.1:${port}`, detail)
  return refused(where, detail)
}

const refused = (where: string, detail: string): StyxError => {
  const why = detail.trim().split('\n').at(-1) ?? ''
  return new StyxError({
    code: 'ssh.system-failed',
    what: 'The system’s ssh does not get there',
    where,
    why: why || 'It did not say why.',
    suggestion: `See what "ssh ${where}" says in a terminal. Passwords cannot be given this way: a key or an agent has to do.`,
    detail,
    retryable: true,
  })
}
