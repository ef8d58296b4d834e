import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { NodeUnderTest } from './node-under-test.ts'

/** What is told of a job, and what stays of it. */
export function tellings(node: NodeUnderTest): void {
  const { listen, submit, ended, reaches, tails } = node

  test('the journal is read on from any offset: nothing missed, nothing twice', async () => {
    listen()
    for (const script of ['true', 'exit 1', 'true']) await ended(await submit(script))
    const all = node.entries
    const total = node.end
    for (const cut of [0, Math.floor(total / 3), total]) {
      node.leave()
      node.forget()
      listen(cut)
      await vi.waitFor(() => expect(node.end).toBe(total))
      expect(node.entries).toEqual(all.slice(all.length - node.entries.length))
      expect(node.entries.length).toBe({ 0: all.length, [total]: 0 }[cut] ?? node.entries.length)
    }
  })

  test('the log is followed from any byte, binary too, and nothing of it stays on the node', async () => {
    listen()
    const id = await submit('head -c 300000 /dev/urandom; echo last; echo problem >&2')
    const { out } = await ended(id)
    const whole = readFileSync(join(node.folder, 'jobs', id, 'rank-0.out'))
    expect(whole.length).toBe(out)
    for (const from of [0, 12_345, whole.length - 2, whole.length]) {
      const followed = await node.runner.follow(node.at, id, 0, { out: from, err: 3 }, node.signal)
      const [chunks, errs]: [Buffer[], Buffer[]] = [[], []]
      const taken = [take(followed.out, chunks), take(followed.err, errs)]
      await vi.waitFor(() => expect(Buffer.concat(chunks).equals(whole.subarray(from))).toBe(true))
      await vi.waitFor(() => expect(Buffer.concat(errs).toString()).toBe('blem\n'))
      followed.close()
      expect(await followed.ended).toBe('ended')
      await Promise.all(taken)
    }
    await vi.waitFor(() => expect(tails()).toHaveLength(1)) // the journal's
    const gone = await node.runner.follow(node.at, 'job-none', 0, { out: 0, err: 0 }, node.signal)
    const nothing: Buffer[] = []
    await Promise.all([take(gone.out, nothing), take(gone.err, nothing)])
    expect([await gone.ended, nothing]).toEqual(['gone', []])
  })

  test('when it was written: a line for each second in which something grew', async () => {
    listen()
    const id = await submit('echo a; sleep 2.2; echo b >&2; sleep 1.2')
    await ended(id)
    const times = await node.runner.times(node.at, id, { out: 0, err: 0 }, node.signal)
    const lines = times
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(1).join(' '))
    expect(lines[0]).toBe('2 0')
    expect(lines.at(-1)).toBe('2 2')
    expect(await node.runner.times(node.at, id, { out: 2, err: 2 }, node.signal)).toBe('')
  })

  test('removed: its folder is gone; one that runs is not removed', async () => {
    listen()
    const id = await submit('sleep 600')
    await reaches(id, 'RUNNING')
    await node.runner.remove(node.at, id, node.signal)
    expect(existsSync(join(node.folder, 'jobs', id))).toBe(true)
    await node.runner.cancel(node.at, id, 0, node.signal)
    await ended(id)
    await vi.waitFor(async () => {
      await node.runner.remove(node.at, id, node.signal)
      expect(existsSync(join(node.folder, 'jobs', id))).toBe(false)
    })
  })
}

async function take(stream: AsyncIterable<Buffer>, into: Buffer[]): Promise<void> {
  for await (const chunk of stream) into.push(chunk)
}
