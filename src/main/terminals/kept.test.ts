import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Terminal as Screen } from '@xterm/headless'
import { afterEach, expect, test } from 'vitest'
import { noSshd, type Sshd, type SshdOptions, startSshd } from '../../../e2e/substrate/sshd.ts'
import type { Terminal } from '../../shared/terminal.ts'
import { nodeScript } from '../transports/node-script.ts'
import { plain, subject, to } from '../transports/ssh-subject.ts'
import { createTerminals, type Terminals } from './terminals.ts'

const SIZE = { cols: 80, rows: 24 }
const RESOURCES = join(import.meta.dirname, '../../../resources')
const noTmux = spawnSync('tmux', ['-V']).error === undefined ? null : 'there is no tmux here (npm run test:setup as root)'

const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const f of cleanUp.splice(0).reverse()) await f()
})

/** An engine's terminals on a node that is an sshd. */
async function node(options: SshdOptions = {}) {
  const sshd = await startSshd(options)
  const ssh = await subject({ known: sshd.knownHost })
  const folder = await mkdtemp(join(tmpdir(), 'styx-kept-'))
  await mkdir(join(sshd.home, '.styx-node/i/c/n'), { recursive: true })
  const records = new Map<string, Terminal>()
  const endpoint = to(sshd, plain(sshd))
  const engine = () =>
    createTerminals({
      folder,
      records: {
        list: () => [...records.values()],
        save: (terminal) => void records.set(terminal.id, terminal),
        remove: (id) => void records.delete(id),
      },
      transport: () => ssh.ssh.transport(endpoint),
      nodes: {
        where: () => ({ endpoint }),
        keeper: (verb, { id, size }) =>
          nodeScript(RESOURCES, 'terminal', verb, 'i', 'c', 'n', id, `${size.cols}`, `${size.rows}`),
      },
    })
  cleanUp.push(async () => {
    ssh.end()
    await sshd.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const open = (terminals: Terminals) =>
    terminals.open({ placeId: 'p', clusterId: 'c', nodeId: 'n', title: 'here', endpoint }, SIZE)
  return { sshd, engine, records, open }
}

/** What a window shows, and a way to type into it. */
async function watch(terminals: Terminals, id: string) {
  const reader = await terminals.reader(id, null)
  const { signal } = new AbortController()
  const screen = new Screen({ ...SIZE, scrollback: 20_000, allowProposedApi: true })
  screen.write(reader.preamble)
  void (async () => {
    for (let chunk = await reader.next(1 << 16, signal); chunk; chunk = await reader.next(1 << 16, signal))
      screen.write(chunk.bytes)
  })()
  const text = () => {
    const { active } = screen.buffer
    return Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '').join('\n')
  }
  return {
    text,
    screen,
    type: (keys: string) => reader.write?.(Buffer.from(keys)),
    shows: async (pattern: RegExp) => {
      for (const until = Date.now() + 20_000; !pattern.test(text()); await sleep(20))
        if (Date.now() > until) expect.fail(`never showed ${pattern}: ${text()}`)
    },
  }
}

const cut = (sshd: Sshd) => {
  // The processes that serve connections, not what they started.
  for (const pid of sshd.children().filter((child) => /sshd/.test(commandOf(child)))) process.kill(pid, 'SIGKILL')
}
const commandOf = (pid: number) => spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout

test.skipIf((noSshd ?? noTmux) !== null)(
  'a cut connection draws a line, and tmux has the same shell with what it printed meanwhile',
  { timeout: 60_000 },
  async () => {
    const { sshd, engine, records, open } = await node()
    const terminals = engine()
    const { id, kept } = await open(terminals)
    expect(kept).toBe(true)
    const window = await watch(terminals, id)
    window.type('V=same; echo before-$((1+1)); (sleep 1; seq -f missed-%g 40) &\r')
    await window.shows(/before-2/)
    cut(sshd)
    await window.shows(/connection lost \d\d:\d\d:\d\d/)
    await window.shows(/connection lost [\d:]+ … back [\d:]+, the same shell/)
    expect(window.text()).toMatch(/before-2[\s\S]*connection lost/)
    window.type('echo variable-$V\r')
    await window.shows(/variable-same/)
    await window.shows(/missed-1\n[\s\S]*missed-40/)
    expect(records.get(id)).toMatchObject({ lostAt: null, ended: null, kept: true })
    window.type('exit\r')
    while (!records.get(id)?.ended) await sleep(20)
    expect(records.get(id)?.ended?.why).toBe('The shell ended')
  },
)

test.skipIf((noSshd ?? noTmux) !== null)(
  'the next engine finds the shell again, and closing it ends it',
  { timeout: 60_000 },
  async () => {
    const { engine, records, open, sshd } = await node()
    const first = engine()
    const { id } = await open(first)
    const window = await watch(first, id)
    window.type('V=kept; echo ready-$((1+1))\r')
    await window.shows(/ready-2/)
    await first.closeAll()
    expect(records.get(id)).toMatchObject({ ended: null, kept: true, lostAt: expect.any(Number) })
    const second = engine()
    const again = await watch(second, id)
    await again.shows(/ready-2[\s\S]*Styx was away since .*the same shell/)
    again.type('echo variable-$V\r')
    await again.shows(/variable-kept/)
    await second.close(id)
    expect(records.size).toBe(0)
    const left = spawnSync('tmux', ['-S', join(sshd.home, '.styx-node/i/c/n/tmux'), 'ls'], { encoding: 'utf8' })
    expect(left.status).not.toBe(0)
  },
)

test.skipIf((noSshd ?? noTmux) !== null)(
  'nothing of a flood is lost to the scrollback, and every key arrives',
  { timeout: 60_000 },
  async () => {
    const { engine, open } = await node()
    const terminals = engine()
    const { id } = await open(terminals)
    const window = await watch(terminals, id)
    window.type('PS1=; echo st""art; seq 1 15000; echo e""nd\r')
    await window.shows(/\nend/)
    const numbers = window
      .text()
      .split('\n')
      .filter((line) => /^\d+$/.test(line))
    expect(numbers).toEqual(Array.from({ length: 15_000 }, (_, i) => String(i + 1)))
    window.type("printf '%s' 'grün \\ 日本' | od -An -tx1; echo d\"\"one\r")
    await window.shows(/67 72 c3 bc 6e 20 5c 20 e6 97 a5 e6 9c ac[\s\S]*done/)
    await terminals.closeAll()
  },
)

test.skipIf(noSshd !== null)('without tmux a new shell begins below the line, and it says so', { timeout: 60_000 }, async () => {
  const { engine, open, sshd } = await node({ env: { PATH: await pathWithoutTmux() } })
  const terminals = engine()
  const { id, kept } = await open(terminals)
  expect(kept).toBe(false)
  const window = await watch(terminals, id)
  window.type('V=gone; echo before-$((1+1))\r')
  await window.shows(/before-2/)
  cut(sshd)
  await window.shows(/connection lost [\d:]+ … back [\d:]+, new shell, the old one ended/)
  window.type('echo variable-$V.\r')
  await window.shows(/variable-\./)
  await terminals.closeAll()
})

async function pathWithoutTmux(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'styx-path-'))
  cleanUp.push(() => rm(folder, { recursive: true, force: true }))
  const links = 'ln -s /usr/bin/* /bin/* "$0" 2>/dev/null; rm -f "$0/tmux"'
  spawnSync('sh', ['-c', links, folder])
  expect(existsSync(join(folder, 'sh'))).toBe(true)
  return folder
}
