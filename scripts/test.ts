// npm test, and with --heavy npm run test:heavy: builds, runs vitest and Playwright, and ends with the one line that counts both.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { closingLine, judgeSkips, type Outcome, outcome } from './test/outcome.ts'

const heavy = process.argv.includes('--heavy')
/** For each of the two runners. */
const LIMIT_ms = (heavy ? 55 : 25) * 60_000
const folder = await mkdtemp(join(tmpdir(), 'styx-test-'))
const outcomes: Outcome[] = []
try {
  const built = (await exitOf(['electron-vite', 'build', '--logLevel', 'warn'])) === 0
  const project = heavy ? 'heavy' : 'quick'
  const vitest = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=./scripts/test/vitest-reporter.ts']
  outcomes.push(...(await runTests('vitest', vitest)))
  const tagged = heavy ? ['--grep', '@heavy'] : ['--grep-invert', '@heavy']
  const playwright = ['playwright', 'test', ...tagged, '--reporter=list,./scripts/test/playwright-reporter.ts']
  outcomes.push(...(built ? await runTests('e2e', playwright) : [broken('e2e', 'the app could not be built, so no journey ran')]))
} finally {
  await rm(folder, { recursive: true, force: true })
}

const judged = judgeSkips(outcomes)
for (const is of ['skipped', 'failed'] as const) {
  const some = judged.filter((one) => one.is === is)
  if (some.length > 0) console.log(`\n${is}:`)
  for (const one of some) console.log(`  ${one.suite} > ${one.name}${one.why && `\n    ${one.why}`}`)
}
const passed = judged.some((one) => one.is === 'passed') && !judged.some((one) => one.is === 'failed')
console.log(`\n${closingLine(judged)}`)
process.exitCode = passed ? 0 : 1

/** Runs one of npm's programs to its end, or kills it with all its children: a test that loops for ever stops no run. */
async function exitOf([program = '', ...args]: string[], env: Record<string, string> = {}): Promise<number | string> {
  const child = spawn(join('node_modules/.bin', program), args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    detached: true, // a process group of its own
  })
  const kill = () => process.kill(-(child.pid ?? 0), 'SIGKILL')
  const timer = setTimeout(kill, LIMIT_ms)
  process.on('SIGINT', kill).on('SIGTERM', kill)
  const [code, signal] = await once(child, 'exit')
  clearTimeout(timer)
  process.off('SIGINT', kill).off('SIGTERM', kill)
  return code ?? signal
}

/** Runs a test runner and reads what its reporter wrote. A runner that fails with no failed test fails all the same. */
async function runTests(name: string, argv: string[]): Promise<Outcome[]> {
  const file = join(folder, `${name}.json`)
  const code = await exitOf(argv, { STYX_OUTCOMES: file })
  const written = await readFile(file, 'utf8').catch(() => '[]')
  const found = z.array(outcome).parse(JSON.parse(written))
  const honest = code === 0 || found.some((one) => one.is === 'failed')
  return honest ? found : [...found, broken(name, `the runner ended with ${code}`)]
}

function broken(suite: string, name: string): Outcome {
  return { suite, name, is: 'failed', why: '' }
}
