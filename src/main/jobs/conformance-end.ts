import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { NodeUnderTest } from './node-under-test.ts'

/** How a job ends: by itself, by a cancel, by what happens to its wrapper, its folder, its node. */
export function endings(node: NodeUnderTest): void {
  const { listen, submit, ended, reaches, written, carriers } = node

  test('cancelled while it runs: what forks, hides in a session of its own and ignores TERM is ended all the same', async () => {
    listen()
    const id = await submit(
      `trap '' TERM; (trap '' TERM; sleep 600) & setsid sh -c 'trap "" TERM; (sleep 600 & sleep 600); sleep 600' & sleep 600; sleep 600`,
    )
    await vi.waitFor(() => expect(carriers(id).length).toBeGreaterThanOrEqual(5))
    const began = performance.now()
    await node.runner.cancel(node.at, id, 0, node.signal)
    expect(await ended(id)).toMatchObject({ state: 'CANCELLED' })
    expect(performance.now() - began).toBeGreaterThan(9_000)
    expect(performance.now() - began).toBeLessThan(16_000)
    expect(carriers(id)).toEqual([])
  })

  test('cancelled, it may say goodbye', async () => {
    listen()
    const id = await submit(`trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
    await vi.waitFor(() => expect(written(id)).toContain('ready'))
    await node.runner.cancel(node.at, id, 0, node.signal)
    expect(await ended(id)).toMatchObject({ state: 'CANCELLED', exitCode: 0 })
    expect(written(id)).toBe('ready\nsaved\n')
  })

  test('what a run leaves behind is ended with it', async () => {
    listen()
    const id = await submit('sleep 600 & (setsid sleep 600 &); echo done')
    expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', exitCode: 0 })
    expect(carriers(id)).toEqual([])
  })

  test('a run that closes its streams goes on', async () => {
    listen()
    const id = await submit('exec >&- 2>&-; sleep 0.3; touch went-on')
    expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', out: 0, err: 0 })
    expect(existsSync(join(node.folder, 'workdir', 'went-on'))).toBe(true)
  })

  test('a command that does not exist: 127, and its name on stderr', async () => {
    listen()
    const id = await submit('styx-no-such-command')
    expect(await ended(id)).toMatchObject({ state: 'FAILED', exitCode: 127 })
    expect(written(id, 'err')).toContain('styx-no-such-command')
  })

  test('ended by a signal: 128 + its number', async () => {
    listen()
    expect(await ended(await submit('kill -9 $$'))).toMatchObject({ state: 'FAILED', exitCode: 137 })
  })

  test('a wrapper that was killed: told with its reason, what it ran is ended, the next begins', async () => {
    listen()
    const id = await submit('echo begun; sleep 600')
    await vi.waitFor(() => expect(written(id)).toBe('begun\n'))
    const next = await submit('true')
    process.kill(Number(readFileSync(join(node.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGKILL')
    expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'killed', exitCode: null, out: 6, err: 0 })
    expect(carriers(id)).toEqual([])
    expect((await ended(next)).state).toBe('SUCCEEDED')
  })

  test('a wrapper that was killed while it waits: told, and the others go on', async () => {
    listen()
    const first = await submit('while [ ! -e go ]; do sleep 0.05; done')
    const id = await submit('echo never')
    await reaches(id, 'PENDING')
    process.kill(Number(readFileSync(join(node.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGKILL')
    expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'killed', out: 0 })
    writeFileSync(join(node.folder, 'workdir', 'go'), '')
    expect((await ended(first)).state).toBe('SUCCEEDED')
  })

  test('a wrapper that was killed while nobody looked is told to who looks next', async () => {
    listen()
    const id = await submit('sleep 600')
    await reaches(id, 'RUNNING')
    node.leave()
    process.kill(Number(readFileSync(join(node.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGKILL')
    listen(node.end)
    expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'killed' })
  })

  test('after a restart of the machine', async () => {
    listen()
    const id = await submit('sleep 600')
    await reaches(id, 'RUNNING')
    const file = join(node.folder, 'jobs', id, 'pid')
    process.kill(Number(readFileSync(file, 'utf8').split(' ')[0]), 'SIGKILL')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\S+\n$/, 'another-boot\n'))
    const next = await submit('true')
    expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'restarted' })
    expect((await ended(next)).state).toBe('SUCCEEDED')
  })

  test('its folder deleted under it: it is ended and told', async () => {
    listen()
    const id = await submit('sleep 600')
    await reaches(id, 'RUNNING')
    rmSync(join(node.folder, 'jobs', id), { recursive: true })
    expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'folder-gone', out: null })
    await vi.waitFor(() => expect(carriers(id)).toEqual([]), { timeout: 15_000 })
    expect((await ended(await submit('true'))).state).toBe('SUCCEEDED')
  })

  test('its folder deleted while nobody looked: it is lost', async () => {
    listen(0, ['job-gone'])
    await vi.waitFor(() => expect(node.lost).toEqual(['job-gone']))
  })

  test('the whole node deleted under it: nothing of it stays, and who listens is told', async () => {
    const listening = (async () => {
      for await (const _ of node.runner.observe(node.at, 0, [], node.signal));
    })()
    const id = await submit('echo begun; sleep 600')
    await vi.waitFor(() => expect(written(id)).toBe('begun\n'))
    rmSync(node.folder, { recursive: true })
    await listening.catch(() => {}) // it ends by itself
    await vi.waitFor(() => expect(carriers(id)).toEqual([]), { timeout: 15_000 })
    const error = await (async () => {
      for await (const _ of node.runner.observe(node.at, 0, [], node.signal));
    })().catch((e: unknown) => e)
    expect(error).toMatchObject({ data: { code: 'job.node-gone' } })
    await expect(submit('true')).rejects.toMatchObject({ data: { code: 'job.node-gone' } })
  })

  test('its own end from outside is not taken for a cancel', async () => {
    listen()
    const id = await submit('sleep 600')
    await reaches(id, 'RUNNING')
    process.kill(Number(readFileSync(join(node.folder, 'jobs', id, 'pid'), 'utf8').split(' ')[0]), 'SIGTERM')
    expect(await ended(id)).toMatchObject({ state: 'FAILED_DRIVER', why: 'ended' })
  })
}
