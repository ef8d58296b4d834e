import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogStore } from '../../src/main/logs/store.ts'

export const LINES = 10_000_000
export const LOG = 'job:bench'
/** As a job is followed that prints a thousand lines a second: a hundred at a time. */
const AT_A_TIME = 100

let made: Promise<string> | null = null

/** The folder of a store with a log of ten million lines, a tenth of them stderr's, about 1 GB. Made once for all benches. */
export const tenMillionLines = (): Promise<string> => {
  made ??= make()
  return made
}

async function make(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'styx-bench-log-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const store = createLogStore({ folder })
  let at = 1_700_000_000_000
  for (let first = 0; first < LINES; first += AT_A_TIME) {
    const lines = Array.from({ length: AT_A_TIME }, (_, i) => line(first + i)).join('')
    await store.write(LOG, (first / AT_A_TIME) % 10 === 9 ? 'r0.err' : 'r0.out', null, Buffer.from(lines), at)
    at += 100
  }
  await store.end(LOG)
  await store.close()
  return folder
}

const line = (n: number) =>
  `step ${n} of ${LINES}  loss ${(2 + Math.sin(n)).toFixed(4)}  lr 2.61e-04  grad 0.41  tok/s ${400_000 + (n % 9999)}  shard s3://data/${n % 512}.tar\n`
