import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createLogs } from '../../src/main/logs/logs.ts'
import { createLogStore } from '../../src/main/logs/store.ts'
import type { LogQuery } from '../../src/shared/log.ts'
import type { Bench } from './bench.ts'
import { LOG, tenMillionLines } from './log-lines.ts'
import { timed } from './measure.ts'

const never = new AbortController().signal
const run = promisify(execFile)

/** Against `rg --count` over the same bytes in one file. */
const search = (name: string, query: LogQuery, rg: string[], goal: Bench['goal']): Bench => ({
  name: `log of 10 M lines, ${name}`,
  unit: 'ms',
  runs: 9,
  goal,
  open: async () => {
    await run('rg', ['--version']).catch(() => {
      throw new Error('there is no ripgrep to compare with: npm run test:setup brings it')
    })
    const folder = await tenMillionLines()
    const file = join(folder, 'one-file.txt')
    await oneFile(join(folder, 'job', 'bench'), file)
    const store = createLogStore({ folder })
    const logs = createLogs(store)
    const ours = async () => {
      let count = 0
      for await (const found of logs.search({ log: LOG, streams: null }, query, never)) count = found.count
      return count
    }
    // -c exits with 1 when it finds nothing.
    const theirs = async () => Number((await run('rg', ['-c', ...rg, query.text, file])).stdout)
    const [a, b] = [await ours(), await theirs()]
    if (a !== b || a === 0) throw new Error(`Styx found ${a} lines, rg ${b}`)
    return {
      ours: { name: 'Styx', run: () => timed(ours) },
      against: { name: 'ripgrep', run: () => timed(theirs) },
      close: async () => {
        await logs.close()
        await store.close()
        await rm(file)
      },
    }
  },
})

const literal = { regex: false, caseSensitive: true }
const goal = { is: 'ratio-at-most', limit: 2 } as const

export const logSearches: Bench[] = [
  search('search of a literal that is there once', { ...literal, text: 'step 9999999 of' }, ['-F'], goal),
  search('search of a literal that is there 10,000 times', { ...literal, text: 'tok/s 404242' }, ['-F'], goal),
  search('search without case', { ...literal, caseSensitive: false, text: 'STEP 9999999 OF' }, ['-F', '-i'], goal),
  search('search of an expression', { ...literal, regex: true, text: 'step 99\\d{3}99 of' }, [], { is: 'none', limit: 0 }),
]

async function oneFile(folder: string, file: string): Promise<void> {
  const segments = (await readdir(folder)).flatMap((name) => /^(\d+)[.]log$/.exec(name)?.[1] ?? []).map(Number)
  await rm(file, { force: true })
  for (const segment of segments.sort((a, b) => a - b))
    await pipeline(createReadStream(join(folder, `${segment}.log`)), createWriteStream(file, { flags: 'a' }))
}
