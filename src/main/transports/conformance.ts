import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StyxError } from '../../shared/error.ts'
import type { ExecOptions, Exit, Process, Transport } from './transport.ts'

/** What every transport must do, whatever lies between here and the node. The node has a POSIX shell, `stty`, `od` and `ps`. */
export function transportConformance(name: string, open: () => Promise<Transport>): void {
  describe(`${name}: transport conformance`, { timeout: 60_000 }, () => {
    let transport: Transport
    const ours = new AbortController()
    beforeAll(async () => {
      transport = await open()
    })
    afterAll(async () => {
      await transport.close()
    })

    const start = (argv: [string, ...string[]], options: Partial<ExecOptions> = {}) =>
      transport.exec(argv, { signal: ours.signal, ...options })
    const run = async (argv: [string, ...string[]], options: Partial<ExecOptions> = {}, stdin: string | Buffer = '') => {
      const child = await start(argv, options)
      child.stdin.end(stdin)
      const [stdout, stderr, exit] = await Promise.all([read(child.stdout), read(child.stderr), child.exit])
      return { stdout, stderr, exit }
    }
    const count = async (marker: string) => {
      const { stdout } = await run(['ps', '-eo', 'stat=,args='])
      return stdout
        .toString()
        .split('\n')
        .filter((line) => line.includes(marker) && !/^Z/.test(line)).length
    }

    test('arguments arrive as they are', async () => {
      const args = ['two words', `'"\\$HOME\`id\``, 'new\nline\ttab', '', 'grün 🚀 日本', '-n', '*', '~', '%s', ' ; false']
      const { stdout } = await run(['sh', '-c', 'for a; do printf "%s\\0" "$a"; done', 'sh', ...args])
      expect(stdout.toString().split('\0').slice(0, -1)).toEqual(args)
    })

    test('stdin reaches the program, and its end too', async () => {
      expect((await run(['cat'], {}, 'one\ntwo')).stdout.toString()).toBe('one\ntwo')
    })

    test('a program that reads no stdin harms nobody', async () => {
      expect((await run(['true'], {}, Buffer.alloc(1 << 20))).exit).toEqual({ code: 0, signal: null })
    })

    test('environment and folder', async () => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'styx ☃-')))
      const env = { STYX_TEST: `a b'c"d$e\nf 🚀` }
      const { stdout } = await run(['sh', '-c', 'pwd; printf %s "$STYX_TEST"'], { env, cwd: folder })
      expect(stdout.toString()).toBe(`${folder}\n${env.STYX_TEST}`)
      await rm(folder, { recursive: true })
    })

    test('exit codes, and stderr apart from stdout', async () => {
      const { stdout, stderr, exit } = await run(['sh', '-c', 'echo out; echo err >&2; exit 37'])
      expect([stdout.toString(), stderr.toString(), exit]).toEqual(['out\n', 'err\n', { code: 37, signal: null }])
    })

    test('the signal that ended it', async () => {
      expect((await run(['sh', '-c', 'kill -USR1 $$'])).exit).toEqual({ code: null, signal: 'SIGUSR1' })
      const child = await start(['sleep', '60'])
      child.kill('INT')
      expect(await child.exit).toEqual({ code: null, signal: 'SIGINT' })
    })

    test.each(['styx-no-such-program', '/styx/no/such', './styx-no-such'])('%s is told to be missing', async (program) => {
      for (const pty of [undefined, { cols: 80, rows: 24 }]) {
        const error = await start([program, 'x'], { pty }).catch((e: StyxError) => e)
        expect(error).toMatchObject({ data: { code: 'exec.not-found', what: expect.stringContaining(program) } })
      }
    })

    test('a folder that is not there is told, and not taken for a missing program', async () => {
      const error = await start(['true'], { cwd: '/styx/no/such/folder' }).catch((e: StyxError) => e)
      expect(error).toMatchObject({ data: { code: 'exec.failed', where: '/styx/no/such/folder' } })
    })

    test('an abort ends children of children, also those that ignore TERM', async () => {
      const marker = `styx-abort-${process.pid}-${Math.random()}`
      const script = `sh -c 'trap "" TERM; while :; do sleep 0.1; done' ${marker} & sh -c 'sleep 600; :' ${marker} & wait; :`
      const abort = new AbortController()
      const child = await start(['sh', '-c', script, marker], { signal: abort.signal })
      await until(async () => (await count(marker)) >= 3)
      abort.abort()
      await child.exit
      expect(await count(marker)).toBe(0)
    })

    test('an abort before the start starts nothing', async () => {
      const child = await start(['sleep', '600'], { signal: AbortSignal.abort(new Error('not wanted')) }).catch((e: Error) => e)
      expect(child).toBeInstanceOf(Error)
    })

    test('200 MB through a slow reader: nothing is lost, the memory stays flat', async () => {
      const size = 200 * 1024 * 1024
      const child = await start(['sh', '-c', `head -c ${size} /dev/zero | tr '\\0' x`])
      child.stdin.end()
      const before = process.memoryUsage().rss
      let [got, most] = [0, 0]
      for await (const chunk of child.stdout) {
        got += (chunk as Buffer).length
        if (Math.floor(got / 2e6) % 5 === 0) await sleep(1)
        most = Math.max(most, process.memoryUsage().rss)
      }
      expect(got).toBe(size)
      expect(most - before).toBeLessThan(100 * 1024 * 1024)
    })

    test('every byte value passes both ways', async () => {
      const bytes = Buffer.from(Array.from({ length: 1 << 18 }, (_, i) => (i * 7 + (i >> 8)) & 255))
      const { stdout } = await run(['cat'], {}, bytes)
      expect(sha(stdout)).toBe(sha(bytes))
    })

    test('a terminal: its size, its resize, its echo', async () => {
      const child = await start(['sh'], { pty: { cols: 91, rows: 17 }, env: { PS1: '', TERM: 'xterm-256color' } })
      const screen = watch(child)
      child.stdin.write('stty size; echo $TERM; test -t 0 && echo is-a-tty\n')
      await screen.shows(/17 91\s+xterm-256color\s+is-a-tty/)
      child.resize({ cols: 133, rows: 44 })
      child.stdin.write('stty size\n')
      await screen.shows(/44 133/)
      child.stdin.write('exit 3\n')
      expect(await child.exit).toEqual({ code: 3, signal: null })
    })

    test('a terminal: Ctrl-C interrupts what runs in it', async () => {
      const child = await start(['sh', '-c', 'trap "echo interrupted; exit 9" INT; echo ready; while :; do sleep 0.05; done'], {
        pty: { cols: 80, rows: 24 },
      })
      const screen = watch(child)
      await screen.shows(/ready/)
      child.stdin.write('\x03')
      await screen.shows(/interrupted/)
      expect((await child.exit).code).toBe(9)
    })

    // From all of it waiting in the terminal at the end of the program to a program that is held back for long.
    test.each([2_000, 12_000, 14_000, 16_000, 60_000])(
      'a terminal: the last of %d lines is read, however slow the reader',
      async (lines) => {
        const child = await start(['sh', '-c', `stty -opost; seq 1 ${lines}; echo the-end`], { pty: { cols: 80, rows: 24 } })
        await sleep(500) // longer than any grace that the transport gives an ended program
        const text = (await read(child.stdout)).toString()
        expect(text).toBe(`${Array.from({ length: lines }, (_, i) => `${i + 1}\n`).join('')}the-end\n`)
      },
    )

    test('a terminal: an abort hangs up on what the shell started', async () => {
      const marker = `styx-hup-${process.pid}-${Math.random()}`
      const abort = new AbortController()
      const child = await start(['sh'], { pty: { cols: 80, rows: 24 }, signal: abort.signal })
      child.stdout.resume()
      child.stdin.write(`sh -c 'sleep 600; :' ${marker}\n`)
      await until(async () => (await count(marker)) >= 1)
      abort.abort()
      await child.exit
      await until(async () => (await count(marker)) === 0)
    })

    describe('forward', () => {
      test('a port of the node is open on 127.0.0.1 here: every byte, both ways, to the end of each', async () => {
        const echo = await serve((socket) => socket.pipe(socket))
        const forward = await transport.forward(echo.port, ours.signal)
        const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7 + (i >> 8)) & 255))
        const answers = await Promise.all(Array.from({ length: 8 }, () => talk(forward.localPort, bytes)))
        expect(answers.map(sha)).toEqual(Array.from({ length: 8 }, () => sha(bytes)))
        forward.close()
        echo.end()
      })

      test('a server that speaks first and hangs up is heard to its last byte', async () => {
        const server = await serve((socket) => socket.end(Buffer.alloc(300_000, 'x')))
        const forward = await transport.forward(server.port, ours.signal)
        expect((await talk(forward.localPort, null)).length).toBe(300_000)
        forward.close()
        server.end()
      })

      test('where nothing listens it says so to nobody but who asks, and stays open for what comes', async () => {
        const server = await serve((socket) => socket.end('here'))
        server.end()
        const told: unknown[] = []
        const forward = await transport.forward(server.port, ours.signal, { tell: (problem) => told.push(problem) })
        expect((await talk(forward.localPort, null).catch(() => Buffer.alloc(0))).length).toBe(0)
        const again = await serve((socket) => socket.end('here'), server.port)
        expect((await talk(forward.localPort, null)).toString()).toBe('here')
        await until(async () => told.at(-1) === null)
        forward.close()
        again.end()
      })
    })

    test('50 at once', async () => {
      const all = await Promise.all(Array.from({ length: 50 }, (_, i) => run(['sh', '-c', `sleep 0.1; echo ${i}; exit ${i}`])))
      expect(all.map(({ stdout, exit }) => [stdout.toString(), exit.code])).toEqual(all.map((_, i) => [`${i}\n`, i]))
    })

    test('the shell of the user answers', async () => {
      const { stdout } = await run(await transport.shell(ours.signal), {}, 'echo $((6 * 7))\n')
      expect(stdout.toString()).toMatch(/42/)
    })

    test('close ends all that runs', async () => {
      const own = await open()
      const marker = `styx-close-${process.pid}-${Math.random()}`
      const options = { signal: ours.signal }
      const children = await Promise.all([
        own.exec(['sh', '-c', 'sleep 600; :', marker], options),
        own.exec(['sh', '-c', 'sleep 600; :', marker], { ...options, pty: { cols: 80, rows: 24 } }),
      ])
      await until(async () => (await count(marker)) >= 2)
      await own.close()
      const exits: Exit[] = await Promise.all(children.map((child) => child.exit))
      expect(exits.every((exit) => exit.code !== 0)).toBe(true)
      expect(await count(marker)).toBe(0)
    })
  })
}

async function serve(answer: (socket: Socket) => void, port = 0) {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    answer(socket)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const end = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: (server.address() as AddressInfo).port, end }
}

/** Sends these bytes (null: nothing, and stays open) and reads to the end. */
async function talk(port: number, bytes: Buffer | null): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  if (bytes) socket.end(bytes)
  const answer = await read(socket)
  socket.destroy()
  return answer
}

async function read(stream: Process['stdout']): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** What a terminal shows, to wait on. */
function watch(child: Process) {
  let text = ''
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
  })
  return {
    shows: (pattern: RegExp) =>
      until(async () => pattern.test(text)).catch(() => expect.fail(`the terminal never showed ${pattern}: ${text}`)),
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('waited 15 s in vain')
    await sleep(20)
  }
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
