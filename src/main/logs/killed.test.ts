import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogs } from './logs.ts'
import { createLogStore } from './store.ts'

test('kill -9 while lines come, ten times: what was acknowledged is there, no line is missing, double or broken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'styx-killed-'))
  const acknowledged: Record<string, number> = {}
  for (let kill = 0; kill < 10; kill++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'killed.child.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let [out, chunks] = ['', 0]
    for await (const part of child.stdout) {
      out += part
      chunks += 1
      if (chunks === 5 + kill * 7) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    for (const [, stream, end] of out.matchAll(/^(\S+) (\d+)$/gm)) acknowledged[stream!] = Number(end)
  }
  const store = createLogStore({ folder })
  const logs = createLogs(store)
  const never = new AbortController().signal
  for (const stream of ['r0.out', 'r0.err']) {
    const view = { log: 'job:one', streams: [stream] }
    const end = await store.position('job:one', stream)
    // A line that had no end yet was in memory alone: its node has it, and is asked for it again.
    expect(acknowledged[stream]! - end).toBeLessThan(12)
    const { lines, gaps } = await logs.info(view)
    expect(gaps).toEqual([])
    expect(lines).toBe(Math.floor(end / 12))
    expect(lines).toBeGreaterThan(10_000)
    let n = 0
    while (n < lines)
      for (const { text } of await logs.lines(view, n, 2000, never)) {
        if (text !== String(n).padStart(11, '0')) expect([n, text]).toEqual([n, String(n).padStart(11, '0')])
        n += 1
      }
  }
  await logs.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
}, 60_000)
