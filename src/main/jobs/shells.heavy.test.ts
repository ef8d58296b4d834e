import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// The wrapper and what asks it must run in whatever a node has as sh: the conformance of the runner with other shells, and with nothing
// but busybox.
const run = promisify(execFile)

const nodes = [
  { name: 'bash as sh', programs: async () => [['sh', await which('bash')]], alone: false },
  { name: 'dash as sh', programs: async () => [['sh', await which('dash')]], alone: false },
  {
    name: 'busybox alone',
    programs: async () => {
      const busybox = await which('busybox')
      return (await run(busybox, ['--list'])).stdout
        .trim()
        .split('\n')
        .map((applet) => [applet, busybox])
    },
    alone: true,
  },
]

describe.each(nodes)('$name', ({ programs, alone }) => {
  let bin: string
  beforeAll(async () => {
    bin = await mkdtemp(join(tmpdir(), 'styx-shells-'))
  })
  afterAll(() => rm(bin, { recursive: true, force: true }))

  test('does all that a runner must do', { timeout: 300_000 }, async ({ skip }) => {
    const all = await programs().catch(() => null)
    if (!all) return skip('one of bash, dash, busybox is not here: apt-get install bash dash busybox')
    for (const [name, program] of all) await symlink(program as string, join(bin, name as string))
    const PATH = alone ? bin : `${bin}${delimiter}${process.env.PATH}`
    const vitest = join('node_modules', 'vitest', 'vitest.mjs')
    const args = [vitest, 'run', '--project', 'quick', 'src/main/jobs/shell-runner.test.ts']
    const ended = await run(process.execPath, args, { env: { ...process.env, PATH, NO_COLOR: '1' } }).catch((error) => error)
    expect(ended.code ?? 0, ended.stdout + ended.stderr).toBe(0)
  })
})

async function which(program: string): Promise<string> {
  return (await run('sh', ['-c', 'command -v "$1"', 'sh', program])).stdout.trim()
}
