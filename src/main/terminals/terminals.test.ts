import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Terminal as Screen } from '@xterm/headless'
import { afterEach, expect, test } from 'vitest'
import type { Terminal } from '../../shared/terminal.ts'
import type { ByteReader } from '../byte-stream.ts'
import { openDatabase } from '../storage/database.ts'
import { listEvents } from '../storage/event-records.ts'
import { createConnections } from '../transports/connections.ts'
import { tellDiskProblem } from './disk-problem.ts'
import { terminalEnvironment } from './environment.ts'
import { createTerminals, type TerminalRecords, type TerminalsOptions } from './terminals.ts'

const SIZE = { cols: 80, rows: 24 }
const HERE = { placeId: 'this-machine', clusterId: 'c1', nodeId: 'n1', title: 'here', endpoint: { via: 'local' as const } }
const never = new AbortController().signal

const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const f of cleanUp.splice(0).reverse()) await f()
})

function keep(records = new Map<string, Terminal>()): TerminalRecords & { map: Map<string, Terminal> } {
  return {
    map: records,
    list: () => [...records.values()],
    save: (terminal) => void records.set(terminal.id, terminal),
    remove: (id) => void records.delete(id),
  }
}

type Given = { folder?: string; fullDisk?: boolean } & Pick<TerminalsOptions, 'onProblem'>

async function start(given: Given = {}) {
  const folder = given.folder ?? (await mkdtemp(join(tmpdir(), 'styx-terminals-')))
  const records = keep()
  const connections = createConnections()
  const plain = connections.transport({ via: 'local' })
  // sh without the user's own profile: what it prints is known.
  const transport = () => ({ ...plain, shell: async (): Promise<[string, ...string[]]> => ['sh'] })
  // The first segment of the first terminal is a device that is always full.
  const save = (terminal: Terminal) => {
    records.save(terminal)
    if (!given.fullDisk || terminal.ended) return
    rmSync(join(folder, terminal.id, '0.log'), { force: true })
    symlinkSync('/dev/full', join(folder, terminal.id, '0.log'))
  }
  const terminals = createTerminals({ folder, records: { ...records, save }, transport, onProblem: given.onProblem })
  cleanUp.push(async () => {
    await terminals.closeAll()
    await connections.close()
    await rm(folder, { recursive: true, force: true })
  })
  const open = (env: Record<string, string> = {}) => terminals.open({ ...HERE, env: { PS1: '', ...env } }, SIZE)
  return { folder, records, terminals, open }
}

/** Reads as fast as it can and keeps what it saw. */
function follow(reader: ByteReader) {
  const seen = { text: Buffer.from(reader.preamble).toString('latin1'), gaps: 0, done: Promise.resolve() }
  let at = reader.offset
  seen.done = (async () => {
    for (let chunk = await reader.next(1 << 16, never); chunk; chunk = await reader.next(1 << 16, never)) {
      if (chunk.offset !== at) seen.gaps++
      at = chunk.offset + chunk.bytes.length
      seen.text += Buffer.from(chunk.bytes).toString('latin1')
    }
  })()
  return seen
}
const type = (reader: ByteReader, text: string) => reader.write?.(Buffer.from(text))
async function until(condition: () => boolean, what = ''): Promise<void> {
  const giveUpAt = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`waited 10 s in vain ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('what is typed is answered, the size is told, a second reader sees it all', async () => {
  const { terminals, open } = await start()
  const { id } = await open()
  const reader = await terminals.reader(id, null)
  const seen = follow(reader)
  terminals.resize(id, { cols: 101, rows: 33 })
  type(reader, 'stty size; echo $TERM/$COLORTERM/$TERM_PROGRAM\n')
  await until(() => seen.text.includes('33 101') && seen.text.includes('xterm-256color/truecolor/Styx'), seen.text)
  const second = await terminals.reader(id, null)
  expect(second.live).toBeGreaterThan(0)
  const also = follow(second)
  await until(() => also.text.includes('33 101'))
})

test('terminals on one machine have names of their own', async () => {
  const { open, terminals } = await start()
  const titles = [(await open()).title, (await open()).title, (await open()).title]
  expect(titles).toEqual(['here', 'here 2', 'here 3'])
  terminals.rename((await open()).id, 'mine')
  expect((await open()).title).toBe('here 4')
})

test('a shell that ends leaves its text and how it ended; closing deletes both', async () => {
  const { terminals, open, records, folder } = await start()
  const { id } = await open()
  const reader = await terminals.reader(id, null)
  const seen = follow(reader)
  type(reader, 'echo goodbye; exit 7\n')
  await seen.done
  await until(() => records.map.get(id)?.ended != null)
  expect(records.map.get(id)?.ended).toMatchObject({ exitCode: 7, why: 'The shell ended with exit code 7' })
  const later = follow(await terminals.reader(id, null))
  await later.done
  expect(later.text).toBe(seen.text)
  await terminals.close(id)
  expect([records.map.size, existsSync(join(folder, id))]).toEqual([0, false])
  await expect(terminals.reader(id, null)).rejects.toMatchObject({ data: { code: 'terminal.unknown' } })
})

test('after a restart it is marked ended and its text is there; what no record names is removed', async () => {
  const first = await start()
  const { id } = await first.open()
  const reader = await first.terminals.reader(id, null)
  const seen = follow(reader)
  type(reader, 'printf "\\033[?1049h\\033[?25lin a full screen"\n')
  await until(() => seen.text.includes('25lin a full'))
  // As a kill -9 leaves it: the record says that it lives.
  const records = keep(new Map([...first.records.map].map(([key, value]) => [key, structuredClone(value)])))
  await mkdir(join(first.folder, 'of-no-record'))
  const again = createTerminals({
    folder: first.folder,
    records,
    transport: () => {
      throw new Error('not asked')
    },
  })
  expect(records.map.get(id)?.ended).toMatchObject({ why: 'Styx was restarted; the shell ended with it', exitCode: null })
  const text = follow(await again.reader(id, null))
  await text.done
  expect(text.text).toContain('in a full screen')
  await until(() => !existsSync(join(first.folder, 'of-no-record')))
  expect(existsSync(join(first.folder, id))).toBe(true)
})

test('a new shell goes on below the text of the ended one, and nothing of its modes is left', async () => {
  const { terminals, open, records } = await start()
  const { id } = await open()
  await expect(terminals.reopen(id, HERE)).rejects.toMatchObject({ data: { code: 'terminal.lives' } })
  const first = follow(await terminals.reader(id, null))
  type(await terminals.reader(id, null), 'printf "\\033[?1049h\\033[?2004hold text\\033[3"; exit\n')
  await first.done
  await until(() => records.map.get(id)?.ended != null)

  expect(await terminals.reopen(id, { ...HERE, env: { PS1: '' } })).toMatchObject({ id, ended: null })
  const reader = await terminals.reader(id, null)
  const seen = follow(reader)
  type(reader, "echo new''text\n")
  await until(() => /old text.*newtext/s.test(seen.text))
  const screen = new Screen({ allowProposedApi: true })
  await new Promise<void>((resolve) => screen.write(seen.text, resolve))
  expect([screen.buffer.active.type, screen.modes.bracketedPasteMode]).toEqual(['normal', false])
})

test('the shells of one cluster are ended, with the reason', async () => {
  const { terminals, open, records } = await start()
  const { id } = await open()
  const other = await terminals.open({ ...HERE, clusterId: null, nodeId: null }, SIZE)
  await terminals.endAll({ clusterId: 'c1', nodeIds: null }, 'The cluster was stopped')
  expect(records.map.get(id)?.ended?.why).toBe('The cluster was stopped')
  expect(records.map.get(other.id)?.ended).toBe(null)
})

test('of two windows, the one that was typed in last answers what a program asks its terminal', async () => {
  const { terminals, open } = await start()
  const { id } = await open()
  const one = await terminals.reader(id, null)
  const two = await terminals.reader(id, null)
  const seen = follow(one)
  void follow(two)
  type(one, 'stty -echo; echo rea""dy; cat -v\n')
  await until(() => seen.text.includes('ready'))
  type(two, '\x1b[?1;2c')
  type(one, '\x1b[?6;6c\n')
  await until(() => seen.text.includes('^[[?6;6c'))
  type(two, 'a key\n')
  type(one, '\x1b[?1;1c')
  type(two, '\x1b[?2;2c\n')
  await until(() => seen.text.includes('^[[?2;2c'))
  expect(seen.text).not.toMatch(/\[\?1;/)
})

test('a reader that takes nothing holds the shell back; one that takes all lets it run; a slow second never holds the first', async () => {
  const { terminals, open } = await start()
  const { id } = await open()
  const slow = await terminals.reader(id, null)
  type(slow, 'yes 0123456789\n')
  let end = 0
  const probe = async () => {
    const reader = await terminals.reader(id, null)
    reader.close()
    end = reader.live
    return end
  }
  await until(() => {
    void probe()
    return end > 128 * 1024
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  const held = await probe()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await probe()).toBe(held)
  expect(held).toBeLessThan(512 * 1024)

  const fast = follow(await terminals.reader(id, held))
  await until(() => fast.text.length > 20 * 1024 * 1024)
  const first = await slow.next(1 << 16, never)
  const second = await slow.next(1 << 16, never)
  expect(Buffer.from(first?.bytes ?? []).length + Buffer.from(second?.bytes ?? []).length).toBeGreaterThan(0)
  type(slow, '\x03')
})

test('with nobody reading, output flows and its end is kept', async () => {
  const { terminals, open, records } = await start()
  const { id } = await open()
  const reader = await terminals.reader(id, null)
  type(reader, 'seq 1 2000000; echo the-end; exit\n')
  reader.close()
  await until(() => records.map.get(id)?.ended != null)
  const last = await terminals.reader(id, null)
  const seen = follow(last)
  await seen.done
  expect(seen.text).toContain('\n2000000\r\nthe-end\r\n')
  expect(seen.text.length).toBeLessThan(1100 * 1024)
  const tooOld = await terminals.reader(id, 0)
  expect(tooOld.offset).toBeGreaterThan(0)
})

test('Ctrl-C under a flood is answered at once', async () => {
  const { terminals, open } = await start()
  const { id } = await open()
  const reader = await terminals.reader(id, null)
  const seen = follow(reader)
  type(reader, 'yes\n')
  await until(() => seen.text.length > 1_000_000)
  const asked = performance.now()
  type(reader, '\x03')
  type(reader, `echo ans''wered\n`)
  await until(() => seen.text.includes('answered'))
  expect(performance.now() - asked).toBeLessThan(500) // the bench measures it; here it must only not take for ever
})

test('a reader in the middle of a full-screen program makes it draw anew', async () => {
  const { terminals, open } = await start()
  const { id } = await open()
  const reader = await terminals.reader(id, null)
  const seen = follow(reader)
  type(reader, `trap 'echo size changed' WINCH; printf '\\033[?1049h'; seq 1 300000; echo all out\n`)
  await until(() => seen.text.includes('\nall out'))
  expect(seen.text).not.toContain('size changed\r')
  const next = await terminals.reader(id, null)
  expect(Buffer.from(next.preamble).toString()).toContain('\x1b[?47h')
  const also = follow(next)
  type(next, '\n')
  await until(() => also.text.includes('size changed\r'))
})

// /dev/full refuses every write with the real ENOSPC of the kernel.
test.skipIf(!existsSync('/dev/full'))('a full disk is told by an event, and the shell goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'styx-terminals-'))
  const { database } = openDatabase(folder)
  const { terminals, open } = await start({ folder, onProblem: tellDiskProblem(database), fullDisk: true })
  const { id } = await open()
  const reader = await terminals.reader(id, null)
  const seen = follow(reader)
  type(reader, "echo still''here\n")
  await until(() => seen.text.includes('stillhere') && listEvents(database, { limit: 10 }).length > 0)
  expect(listEvents(database, { limit: 10 }).map(({ text }) => text)).toEqual([
    'The disk is full: new output is not kept: terminal here',
  ])
  const late = follow(await terminals.reader(id, null))
  await until(() => late.text.includes('stillhere'))
})

test('a shell gets a UTF-8 locale where the user has none', () => {
  expect(terminalEnvironment({})).toMatchObject({ TERM: 'xterm-256color', LC_CTYPE: expect.stringMatching(/UTF-8/) })
  expect(terminalEnvironment({ LANG: 'de_DE.UTF-8' })).not.toHaveProperty('LC_CTYPE')
  expect(terminalEnvironment({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' })).toHaveProperty('LC_CTYPE')
})
