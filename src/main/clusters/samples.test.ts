import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Node } from '../../shared/node.ts'
import type { SampledMachine, Sampler } from '../gpu/sampler.ts'
import { openDatabase } from '../storage/database.ts'
import { createTopic } from '../topics.ts'
import { sampleInBackground } from './samples.ts'

test('a burst of changes that is too much for it leaves no machine out, and none behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'styx-samples-'))
  const { database: db } = openDatabase(folder)
  const stop = new AbortController()
  const watched = new Set<string>()
  const sampler: Sampler = {
    watch: (machineId) => {
      watched.add(machineId)
      return () => watched.delete(machineId)
    },
    recent: () => [],
    newest: () => [],
    latest: () => undefined,
    gpus: () => [],
    details: () => undefined,
    samples: createTopic(),
    detailed: createTopic(),
  }
  const machines = new Map<string, SampledMachine>([['a', { endpoint: { via: 'local' }, gpus: [] }]])
  sampleInBackground(db, sampler, () => machines, stop.signal)
  await vi.waitFor(() => expect([...watched]).toEqual(['a']))

  machines.clear()
  machines.set('b', { endpoint: { via: 'local' }, gpus: [] })
  for (let i = 0; i <= 10_000; i++) db.changes.publish({ type: 'node', node: { id: `n${i}` } as Node })
  await vi.waitFor(() => expect([...watched]).toEqual(['b']), { timeout: 5000 })
  machines.set('c', { endpoint: { via: 'local' }, gpus: [] })
  db.changes.publish({ type: 'gone', of: 'node', id: 'n1' })
  await vi.waitFor(() => expect([...watched].sort()).toEqual(['b', 'c']))

  stop.abort()
  await vi.waitFor(() => expect(watched.size).toBe(0))
  db.close()
  rmSync(folder, { recursive: true })
})
