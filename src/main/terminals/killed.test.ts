import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openDatabase } from '../storage/database.ts'
import { terminalRecords } from '../storage/terminal-records.ts'
import { createTerminals } from './terminals.ts'

test('kill -9 with an open terminal: the shell is gone, the terminal is marked ended, its text is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'styx-killed-'))
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'killed.child.ts'), folder, 'seq 1 20000; echo my pid is $$.'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let out = ''
  while (!/my pid is \d+\./.test(out)) out += String((await once(child.stdout, 'data'))[0])
  const shell = Number(/my pid is (\d+)\./.exec(out)?.[1])
  // What is on the screen is on the disk some milliseconds later.
  const kept = async () => {
    const [id = ''] = await readdir(join(folder, 'terminals'))
    return readFile(join(folder, 'terminals', id, '0.log'), 'utf8')
  }
  while (!(await kept()).includes(`my pid is ${shell}.`)) await sleep(5)
  child.kill('SIGKILL')
  await once(child, 'exit')

  const records = terminalRecords(openDatabase(folder).database)
  const [before] = records.list()
  expect(before?.ended).toBe(null)
  const terminals = createTerminals({
    folder: join(folder, 'terminals'),
    records,
    transport: () => expect.fail('nothing is started by itself'),
  })
  const [after] = records.list()
  expect(after?.ended).toMatchObject({ why: 'Styx was restarted; the shell ended with it', exitCode: null })

  const reader = await terminals.reader(after?.id as string, null)
  let text = ''
  const { signal } = new AbortController()
  for (let chunk = await reader.next(1 << 16, signal); chunk; chunk = await reader.next(1 << 16, signal)) {
    text += Buffer.from(chunk.bytes).toString()
  }
  expect(text).toContain('\r\n1\r\n2\r\n')
  expect(text).toContain(`\r\n20000\r\nmy pid is ${shell}.\r\n`)

  while (isAlive(shell)) await sleep(20)
  await rm(folder, { recursive: true, force: true })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
