import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { parseFacts } from './facts.ts'
import { parseBlock } from './sample.ts'

// What runs on nodes must run in whatever shell a node has as sh.
const SCRIPTS = join(import.meta.dirname, '../../../resources/node')
const SHELLS: [string, ...string[]][] = [['dash'], ['bash', '--posix'], ['busybox', 'sh']]
const run = promisify(execFile)

for (const [shell, ...options] of SHELLS) {
  const missing = () =>
    run(shell, [...options, '-c', 'exit 0']).then(
      () => false,
      () => true,
    )
  const why = `${shell} is not here: apt-get install ${shell}`

  test(`facts.sh in ${shell}`, async ({ skip }) => {
    skip(await missing(), why)
    const { stdout } = await run(shell, [...options, join(SCRIPTS, 'facts.sh')])
    const { facts, complete, home } = parseFacts(stdout)
    expect({ complete, home }).toEqual({ complete: true, home: process.env.HOME })
    expect(facts).toMatchObject({
      hostname: expect.stringMatching(/./),
      cores: expect.any(Number),
      memory_MiB: expect.any(Number),
    })
  })

  test(`sample.sh in ${shell}: shots by the interval, a new one at once, the end with its stdin`, async ({ skip }) => {
    skip(await missing(), why)
    skip(process.platform !== 'linux', 'there is no /proc here: run the tests on Linux')
    const loop = spawn(shell, [...options, join(SCRIPTS, 'sample.sh')], { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    loop.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ticks = () => said.split('\n').filter((line) => /^end \d+$/.test(line)).length
    const began = performance.now()
    loop.stdin.write('60 60\n')
    await vi.waitFor(() => expect(ticks()).toBe(2), { timeout: 5_000 }) // the second shot comes soon, for the cores
    expect(performance.now() - began).toBeGreaterThan(900)
    const changed = performance.now()
    loop.stdin.write('2 60\n')
    await vi.waitFor(() => expect(ticks()).toBe(4), { timeout: 10_000 })
    expect(performance.now() - changed).toBeGreaterThan(1_900)
    loop.stdin.write('60 60\n')
    await vi.waitFor(() => expect(ticks()).toBe(5), { timeout: 5_000 })
    loop.stdin.end()
    await once(loop, 'exit')
    const lines = said.split('\n')
    const block = parseBlock(lines.slice(lines.indexOf('tick 1'), lines.indexOf('end 1')), 0)
    expect(block.cores.size).toBeGreaterThan(0)
    expect(block).toMatchObject({ uptime_s: expect.any(Number), memoryUsed_MiB: expect.any(Number) })
    expect(said).toMatch(/^disk-exit 1 0$/m)
  })
}
