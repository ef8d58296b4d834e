import { execFile, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ofProcess, pids } from './processes.ts'

const run = promisify(execFile)
const VERSION = '2.60.0'
const LOCK = '/tmp/styx-ray.lock'

/** Why no real Ray can be had here, and what helps; null where it can. */
export const noRayHere = (): string | null => noPlaceForRay() ?? (existsSync(environment()) ? null : noIndex())

/** Why the engine cannot install Ray on nodes here, and what helps; null where it can. */
export const noRayToInstall = (): string | null => noPlaceForRay() ?? noIndex()

function noPlaceForRay(): string | null {
  if (process.platform !== 'linux') return 'its nodes have addresses 127.0.10.x, which Linux alone has'
  if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0)
    return 'there is no python3 with venv here (apt-get install python3-venv)'
  return spawnSync('flock', ['--version']).status === 0 ? null : 'there is no flock here (apt-get install util-linux)'
}

function noIndex(): string | null {
  const index = spawnSync('python3', ['-m', 'pip', 'download', '--no-deps', '-q', '-d', tmpdir(), 'click'], { timeout: 30_000 })
  return index.status === 0 ? null : 'PyPI cannot be reached from here, and Ray comes from there'
}

const pythonVersion = () =>
  spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }).stdout.trim()
/** Kept from run to run: it is 400 MB. */
const environment = () => join(tmpdir(), `styx-test-ray-${VERSION}-py${pythonVersion()}`)

export type RayUnderTest = {
  /** As the engine has it: src/shared/ray.ts. */
  ray: ReturnType<typeof described>
  /** The process of Ray's node, 0 the head's. */
  raylet(node: number): number
  stop(): Promise<void>
}

/** Others' tests with Ray may take so long until it is one's turn, ms. */
export const RAY_TURN_MS = 20 * 60_000

/** Waits until nobody else on this machine has a Ray for tests; answers with what lets the next one go on. */
export async function holdRayLock(): Promise<() => void> {
  const lock = spawn('flock', [LOCK, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise<void>((held) => lock.stdout.once('data', () => held()))
  return () => void lock.stdin.end()
}

/**
 * A real Ray of three nodes, 127.0.10.1 to 3, with two GPUs each as it is told; one at a time on this machine.
 * @param home HOME of its nodes
 */
export async function startRay(home: string, nodeIds: string[], basePort: number): Promise<RayUnderTest> {
  const letGo = await holdRayLock()
  const folder = join(home, 'ray')
  const temp = join(tmpdir(), `sr-${randomBytes(4).toString('hex')}`) // sockets in it have short paths
  const python = pythonVersion()
  const id = randomBytes(8).toString('hex')
  const stop = async () => {
    await endAll(id, temp)
    rmSync(temp, { recursive: true, force: true })
    letGo()
  }
  try {
    await install()
    mkdirSync(folder, { recursive: true })
    symlinkSync(environment(), join(folder, `${VERSION}-py${python}`))
    writeFileSync(join(folder, 'token'), randomBytes(32).toString('hex'), { mode: 0o600 })
    const env = {
      ...process.env,
      HOME: home,
      RAY_AUTH_MODE: 'token',
      RAY_AUTH_TOKEN_PATH: join(folder, 'token'),
      RAY_health_check_period_ms: '1000',
      RAY_health_check_timeout_ms: '1500',
      RAY_health_check_failure_threshold: '3',
      RAY_health_check_initial_delay_ms: '1000',
    }
    for (const [index] of nodeIds.entries()) {
      const base = basePort + index * 200
      const ports = {
        'node-manager-port': 3,
        'object-manager-port': 4,
        'dashboard-agent-listen-port': 5,
        'dashboard-agent-grpc-port': 6,
        'runtime-env-agent-port': 7,
        'metrics-export-port': 8,
        'min-worker-port': 20,
        'max-worker-port': 99,
      }
      const args = [
        'start',
        ...(index === 0
          ? [
              '--head',
              `--port=${base}`,
              '--dashboard-host=127.0.0.1',
              `--dashboard-port=${base + 1}`,
              `--ray-client-server-port=${base + 2}`,
            ]
          : [`--address=127.0.10.1:${basePort}`]),
        ...Object.entries(ports).map(([name, offset]) => `--${name}=${base + offset}`),
        `--node-ip-address=127.0.10.${index + 1}`,
        `--temp-dir=${temp}`,
        '--include-log-monitor=false',
        '--disable-usage-stats',
        '--log-style=record',
        '--log-color=false',
        '--num-gpus=2',
      ]
      const argv = ['-w', join(environment(), 'bin/ray'), ...args]
      await run('setsid', argv, { env: { ...env, STYX_CLUSTER: `${id}-${index}` }, timeout: 120_000 })
    }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ray: described(nodeIds, folder, temp, python, basePort),
    raylet: (node) => {
      const isIt = (args: string) => args.includes(`${temp}/`) && args.includes(`--node_ip_address=127.0.10.${node + 1}\0`)
      return Number(pids().find((pid) => ofProcess(pid, 'comm') === 'raylet\n' && isIt(ofProcess(pid, 'cmdline'))))
    },
    stop,
  }
}

/** A Ray of the user's own, as `ray start --head` makes it on this machine: default ports, a token of nobody's. */
export async function startOwnRay(): Promise<{ nodes(): Promise<number>; stop(): Promise<void> }> {
  await install()
  const id = randomBytes(8).toString('hex')
  const temp = join(tmpdir(), `own-${id.slice(0, 8)}`)
  const env = { PATH: process.env.PATH, HOME: temp, STYX_CLUSTER: `${id}-own` }
  const python = join(environment(), 'bin/python')
  mkdirSync(temp)
  const args = ['start', '--head', '--disable-usage-stats', '--num-cpus=1', `--temp-dir=${temp}`]
  await run('setsid', ['-w', join(environment(), 'bin/ray'), ...args], { env, timeout: 120_000 })
  return {
    nodes: async () => {
      const program = 'import ray; ray.init("127.0.0.1:6379"); print("nodes:", len(ray.nodes()))'
      const { stdout } = await run(python, ['-c', program], { env, timeout: 60_000 })
      return Number(/nodes: (\d+)/.exec(stdout)?.[1])
    },
    stop: async () => {
      await endAll(id, temp)
      rmSync(temp, { recursive: true, force: true })
    },
  }
}

function described(nodeIds: string[], folder: string, temp: string, python: string, basePort: number) {
  const since = Date.now()
  return {
    wish: { version: VERSION, wheels: null },
    is: 'running' as const,
    since,
    version: VERSION,
    python,
    guarded: true,
    nodes: nodeIds.map((nodeId, index) => {
      const [ip, port] = [`127.0.10.${index + 1}`, basePort + index * 200]
      return { nodeId, folder, temp, ip, port, alive: true, since }
    }),
    use: null,
    error: null,
  }
}

/** Once for this machine. */
async function install(): Promise<void> {
  if (existsSync(environment())) return
  const part = `${environment()}.${process.pid}`
  await run('python3', ['-m', 'venv', part])
  await run(join(part, 'bin/pip'), ['install', '-q', `ray[default]==${VERSION}`], { timeout: 280_000 })
  // Its programs name their Python by its place.
  for (const name of readdirSync(join(part, 'bin'))) {
    const file = join(part, 'bin', name)
    const text = readFileSync(file, 'latin1')
    if (text.startsWith('#!')) writeFileSync(file, text.replace(part, environment()), 'latin1')
  }
  renameSync(part, environment())
}

/** What it started, by its mark and by the sessions that its daemons are in; never by `ray stop`, which ends everybody's. */
async function endAll(id: string, temp: string): Promise<void> {
  const sessionOf = (pid: string) => ofProcess(pid, 'stat').split(') ').at(-1)?.split(' ')[3] ?? ''
  const ours = () => {
    const all = pids()
    const marked = all.filter(
      (pid) => ofProcess(pid, 'environ').includes(`STYX_CLUSTER=${id}-`) || ofProcess(pid, 'cmdline').includes(temp),
    )
    const sessions = new Set(
      marked.map(sessionOf).filter((session) => session !== '' && session !== sessionOf(String(process.pid))),
    )
    return all.filter((pid) => marked.includes(pid) || sessions.has(sessionOf(pid)))
  }
  for (let round = 0; round < 100; round++) {
    const left = ours()
    if (left.length === 0) return
    for (const pid of left)
      try {
        process.kill(Number(pid), round === 0 ? 'SIGTERM' : 'SIGKILL')
      } catch {}
    await sleep(round === 0 ? 2_000 : 100)
  }
}
