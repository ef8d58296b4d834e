import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { LogLine } from '../../shared/log.ts'
import { createLogs, type Logs } from './logs.ts'
import { createLogStore, type Logbook, type LogStoreOptions } from './store.ts'

// What the tests of writing and of reading share: stores in folders that go with their test.

export const LOG = 'job:one'
export const never: AbortSignal = new AbortController().signal

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'styx-store-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export function openStore(folder: string, options: Partial<LogStoreOptions> = {}): { store: Logbook; logs: Logs } {
  const store = createLogStore({ ...options, folder })
  closing.push(store.close)
  return { store, logs: createLogs(store) }
}

/** All lines that are kept, page by page. */
export async function allLines(logs: Logs, streams: string[] | null = null): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for (let from = (await logs.info({ log: LOG, streams })).firstLine; ; ) {
    const more = await logs.lines({ log: LOG, streams }, from, 2000, never)
    if (more.length === 0) return lines
    lines.push(...more)
    from = more.at(-1)!.n + 1
  }
}

export const put = (store: Logbook, stream: string, offset: number | null, text: string | Buffer, at = 1000) =>
  store.write(LOG, stream, offset, Buffer.from(text), at)
