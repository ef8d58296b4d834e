import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectSocket, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const SSHD = '/usr/sbin/sshd'

/** Why no sshd can be started here, and what helps; null where one can. */
export const noSshd: string | null = existsSync(SSHD)
  ? null
  : 'OpenSSH’s sshd is not installed (npm run test:setup as root, or apt-get install openssh-server)'

/** Why no account of its own can be given to an sshd here (a password, another login shell); null where it can. */
export const noAccounts: string | null =
  noSshd ?? (process.getuid?.() === 0 && process.platform === 'linux' ? null : 'only root can give an sshd accounts of its own')

/** A real OpenSSH sshd on 127.0.0.1, as the user who runs the tests. */
export type Sshd = {
  port: number
  user: string
  pid: number
  /** Its files; `home` in it is HOME of who logs in. */
  folder: string
  home: string
  /** The host's public keys, as lines of their files. */
  hostKeys: string[]
  /** Private key files that may log in: the first without, the second with the passphrase "open sesame". */
  keys: [string, string]
  /** A line of known_hosts with its first host key. */
  knownHost: string
  /** The processes that serve its connections. */
  children(): number[]
  /** Begins anew on the same port; `newKeys`: with other host keys. */
  restart(options?: { newKeys?: boolean }): Promise<void>
  log(): Promise<string>
  stop(): Promise<void>
}

export type SshdOptions = {
  /** Further lines of sshd_config. */
  config?: string[]
  /** The kinds of its host keys. */
  hostKeyTypes?: ('ed25519' | 'rsa' | 'ecdsa')[]
  /** A user that only this sshd knows, with a password; who logs in otherwise is the user who runs the tests. Root only. */
  account?: { name: string; password: string; shell: string }
  /** false: it has no sftp-server. */
  sftp?: boolean
  /** Variables that a login has. */
  env?: Record<string, string>
}

export const PASSPHRASE = 'open sesame'

/** Starts an sshd with host keys, login keys and a home folder of its own. Root is not needed. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (noSshd) throw new Error(noSshd)
  // As root it wants its empty folder; nothing else of the system is touched.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const folder = await mkdtemp(join(tmpdir(), 'styx-sshd-'))
  const home = join(folder, 'home')
  await mkdir(home)
  const types = options.hostKeyTypes ?? ['ed25519']
  const hostKeyFile = (type: string) => join(folder, `host_${type}`)
  const makeHostKeys = async () => {
    for (const type of types) {
      await rm(hostKeyFile(type), { force: true })
      keygen(hostKeyFile(type), '', type)
    }
  }
  await makeHostKeys()
  const keys: [string, string] = [join(folder, 'plain'), join(folder, 'locked')]
  keygen(keys[0], '')
  keygen(keys[1], PASSPHRASE)
  const publics = await Promise.all(keys.map((key) => readFile(`${key}.pub`, 'utf8')))
  await writeFile(join(folder, 'authorized_keys'), publics.join(''))
  const user = options.account?.name ?? userInfo().username
  const accounts = options.account ? await makeAccount(folder, home, options.account) : []
  const port = await freePort()
  const env = { HOME: home, STYX_HOST: String(port), ...options.env }
  const config = [
    ...(options.config ?? []), // the first value of a setting counts
    `ListenAddress 127.0.0.1:${port}`,
    ...types.map((type) => `HostKey ${hostKeyFile(type)}`),
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'UsePAM no',
    'StrictModes no',
    `PasswordAuthentication ${options.account ? 'yes' : 'no'}`,
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'PrintMotd no',
    'UseDNS no',
    'MaxStartups 100',
    ...(options.sftp === false ? [] : ['Subsystem sftp internal-sftp']),
    `SetEnv ${Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  ]
  const file = join(folder, 'sshd_config')
  await writeFile(file, `${config.join('\n')}\n`)
  await chmod(folder, 0o755)

  const log = join(folder, 'log')
  let pid = 0
  let endGuard = () => {}
  const start = async () => {
    const argv = [...accounts, SSHD, '-D', '-f', file, '-E', log]
    const guard = spawn('sh', ['-c', GUARD, 'sh', ...argv], { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
    endGuard = () => void guard.stdin.end()
    pid = await new Promise<number>((resolve) => guard.stdout.once('data', (line: Buffer) => resolve(Number(line))))
    await answers(port, async () => {
      if (!isAlive(pid)) throw new Error(`sshd did not start: ${await readFile(log, 'utf8').catch(() => '')}`)
    })
  }
  const children = () => descendants(pid)
  const stop = async () => {
    const all = [pid, ...children()]
    for (const one of all) kill(one)
    while (all.some(isAlive)) await sleep(10)
    endGuard()
  }
  await start()
  const hostKeys = await Promise.all(types.map((type) => readFile(`${hostKeyFile(type)}.pub`, 'utf8')))
  const sshd: Sshd = {
    port,
    user,
    get pid() {
      return pid
    },
    folder,
    home,
    hostKeys,
    keys,
    knownHost: `[127.0.0.1]:${port} ${hostKeys[0]!.split(' ').slice(0, 2).join(' ')}\n`,
    children,
    restart: async ({ newKeys } = {}) => {
      await stop()
      if (newKeys) await makeHostKeys()
      await start()
    },
    log: () => readFile(log, 'utf8').catch(() => ''),
    stop: async () => {
      await stop()
      for (const one of await withHome(home)) kill(one)
      await rm(folder, { recursive: true, force: true })
    },
  }
  return sshd
}

/** Starts what it is given and says its pid; whoever dies without a stop, however, leaves nothing running. */
const GUARD = '"$@" </dev/null >/dev/null 2>&1 & echo $!; read -r _; kill -9 $!'

const ACCOUNT = 54_321

/**
 * The files of accounts that stand in for the system's, for one process and its children alone.
 * @returns the words before a command that runs it so
 */
async function makeAccount(folder: string, home: string, account: NonNullable<SshdOptions['account']>): Promise<string[]> {
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: account.password, encoding: 'utf8' }).trim()
  const line = `${account.name}:x:${ACCOUNT}:${ACCOUNT}::${home}:${account.shell}\n`
  await writeFile(join(folder, 'passwd'), (await readFile('/etc/passwd', 'utf8')) + line)
  await writeFile(join(folder, 'shadow'), `${account.name}:${hash}:19000:0:99999:7:::\n`, { mode: 0o600 })
  await chmod(join(folder, 'authorized_keys'), 0o644)
  await chmod(join(folder, 'passwd'), 0o644)
  await chown(home, ACCOUNT, ACCOUNT)
  const mounts = ['passwd', 'shadow'].map((file) => `mount --bind '${join(folder, file)}' /etc/${file}`).join(' && ')
  return ['unshare', '-m', 'sh', '-c', `${mounts} && exec "$@"`, 'sh']
}

function keygen(file: string, passphrase: string, type = 'ed25519'): void {
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
    '-N',
    passphrase,
    '-f',
    file,
    '-C',
    `${type}@test`,
  ])
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function answers(port: number, look: () => Promise<void>): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; ; await sleep(20)) {
    await look()
    const up = await new Promise<boolean>((resolve) => {
      const socket = connectSocket(port, '127.0.0.1')
      socket.once('data', () => resolve(true)).once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
      setTimeout(() => socket.destroy(), 1_000).unref()
    })
    if (up) return
    if (Date.now() > giveUpAt) throw new Error(`nothing answers on port ${port}`)
  }
}

/** All processes below one, nearest first. */
function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number])
  const below = (one: number): number[] =>
    parents.filter(([, parent]) => parent === one).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

/** Processes with this HOME: what a login left behind on purpose (a tmux, a job). Where there is no /proc none is found. */
async function withHome(home: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter(Number.isInteger)
  const has = async (pid: number) => {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    return environment.split('\0').includes(`HOME=${home}`)
  }
  const found = await Promise.all(pids.map(has))
  return pids.filter((_, i) => found[i])
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it is gone
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A process that nobody waits for stays as a zombie.
    return !/^State:\s*Z/m.test(
      execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    )
  } catch {
    return false
  }
}
