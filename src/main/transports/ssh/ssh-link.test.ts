import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noSshd, type Sshd, type SshdOptions, startSshd } from '../../../../e2e/substrate/sshd.ts'
import type { SshEndpoint } from '../../../shared/node.ts'
import { plain, subject, to } from '../ssh-subject.ts'
import type { Link, Process } from '../transport.ts'

const never = new AbortController().signal

async function withSshd(options: SshdOptions, work: (sshd: Sshd) => Promise<void>): Promise<void> {
  const sshd = await startSshd(options)
  await work(sshd).finally(sshd.stop)
}

/** What a transport tells of itself. */
function watched(transport: { watch(tell: (link: Link) => void, signal: AbortSignal): void }) {
  const links: Link[] = []
  const stop = new AbortController()
  transport.watch((link) => links.push(link), stop.signal)
  return { links, now: () => links.at(-1)?.is, stop: () => stop.abort() }
}

/** Of all that serve the connection; some may have ended by themselves. */
function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, signal)
    } catch {}
}

function readAll(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    connect(port, '127.0.0.1')
      .on('data', (chunk) => {
        text += chunk
      })
      .on('error', reject)
      .on('close', () => resolve(text))
  })
}

async function firstLine(child: Process): Promise<string> {
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) return String(chunk)
  return ''
}

describe.skipIf(noSshd)('the link to a real sshd', { timeout: 60_000 }, () => {
  test('one connection serves all that runs, and a watched one comes back by itself', async () => {
    await withSshd({}, async (sshd) => {
      const one = await subject({ known: sshd.knownHost })
      const transport = one.ssh.transport(to(sshd, plain(sshd)))
      const seen = watched(transport)
      await expect.poll(seen.now).toBe('open')
      const child = await transport.exec(['sh', '-c', 'echo up; sleep 600'], { signal: never })
      expect(await firstLine(child)).toBe('up\n')
      await Promise.all([one.say(to(sshd, plain(sshd)), 'true'), one.say(to(sshd, plain(sshd)), 'true')])
      expect((await sshd.log()).match(/Accepted publickey/g)).toHaveLength(1)
      signalAll(sshd.children(), 'SIGKILL')
      expect(await child.exit).toEqual({ code: null, signal: null })
      await expect.poll(seen.now, { timeout: 10_000 }).toBe('open')
      expect(seen.links.map(({ is }) => is)).toContain('lost')
      expect(await one.say(to(sshd, plain(sshd)), 'echo', 'back')).toBe('back\n')
      seen.stop()
      one.end()
    })
  })

  test('a forwarded port outlives its connection: it stays, and who connects meanwhile waits for the next one', async () => {
    await withSshd({}, async (sshd) => {
      const server = createServer((socket) => socket.end('here')).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as { port: number }
      const one = await subject({ known: sshd.knownHost })
      const stop = new AbortController()
      const transport = one.ssh.transport(to(sshd, plain(sshd)))
      const forward = await transport.forward(port, stop.signal, { wish: 1 })
      const ask = () => readAll(forward.localPort)
      expect(await ask()).toBe('here')
      const [before] = sshd.children()
      process.kill(sshd.pid, 'SIGKILL')
      signalAll(sshd.children(), 'SIGKILL')
      signalAll([before as number], 'SIGKILL')
      const waiting = ask()
      await sleep(300)
      await sshd.restart()
      expect(await waiting).toBe('here')
      const taken = await transport.forward(port, stop.signal, { wish: forward.localPort })
      expect(taken.localPort).not.toBe(forward.localPort)
      stop.abort()
      await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      one.end()
      server.close()
    })
  })

  test('a host that is down is told, tried again, and found at once by who wakes it', async () => {
    await withSshd({}, async (sshd) => {
      const one = await subject({ known: sshd.knownHost })
      const transport = one.ssh.transport(to(sshd, plain(sshd)))
      const { port } = sshd
      process.kill(sshd.pid, 'SIGKILL')
      const problem = () =>
        one.say(to(sshd, plain(sshd)), 'true').then(
          () => null,
          (error) => error.data,
        )
      await expect.poll(async () => (await problem())?.code).toBe('ssh.refused') // its port closes a moment after it was killed
      expect(await problem()).toMatchObject({ where: `${sshd.user}@127.0.0.1:${port}`, retryable: true })
      const seen = watched(transport)
      await expect.poll(seen.now).toBe('lost')
      await sshd.restart()
      transport.wake()
      await expect.poll(seen.now, { timeout: 5_000 }).toBe('open')
      seen.stop()
      one.end()
    })
  })

  test('a host that falls silent is told within 10 s, and what ran there goes on when it speaks again', async () => {
    await withSshd({}, async (sshd) => {
      const one = await subject({ known: sshd.knownHost })
      const transport = one.ssh.transport(to(sshd, plain(sshd)))
      const seen = watched(transport)
      const child = await transport.exec(['cat'], { signal: never })
      const serving = sshd.children()
      signalAll(serving, 'SIGSTOP')
      const since = Date.now()
      await expect.poll(seen.now, { timeout: 15_000 }).toBe('silent')
      expect(Date.now() - since).toBeLessThan(11_000)
      signalAll(serving, 'SIGCONT')
      await expect.poll(seen.now, { timeout: 5_000 }).toBe('open')
      child.stdin.write('still here\n')
      expect(await firstLine(child)).toBe('still here\n')
      // After a sleep of this machine a dead link is found out soon.
      signalAll(serving, 'SIGSTOP')
      one.ssh.wake()
      expect(await child.exit).toEqual({ code: null, signal: null })
      await expect.poll(seen.now, { timeout: 10_000 }).toBe('open')
      signalAll(serving, 'SIGKILL')
      seen.stop()
      one.end()
    })
  })

  test.each([1, 2])('with MaxSessions %d what finds no room waits for it, and an abort still ends what runs', async (limit) => {
    await withSshd({ config: [`MaxSessions ${limit}`] }, async (sshd) => {
      const one = await subject({ known: sshd.knownHost })
      const transport = one.ssh.transport(to(sshd, plain(sshd)))
      const said = await Promise.all(
        Array.from({ length: 6 }, (_, i) => one.say(to(sshd, plain(sshd)), 'sh', '-c', `sleep 0.1; echo ${i}`)),
      )
      expect(said).toEqual(Array.from({ length: 6 }, (_, i) => `${i}\n`))
      const stop = new AbortController()
      const running = await Promise.all(
        Array.from({ length: limit }, () => transport.exec(['sh', '-c', 'echo up; sleep 600; :'], { signal: stop.signal })),
      )
      await Promise.all(running.map(firstLine))
      const gaveUp = AbortSignal.timeout(500)
      await expect(transport.exec(['true'], { signal: gaveUp })).rejects.toMatchObject({ name: 'TimeoutError' })
      const waiting = one.say(to(sshd, plain(sshd)), 'echo', 'after')
      await sleep(200)
      stop.abort()
      for (const child of running) expect((await child.exit).signal).toBe('SIGTERM')
      expect(await waiting).toBe('after\n')
      one.end()
    })
  })

  test('a key exchange that ssh2 lacks, behind a jump host, is said in words', async () => {
    await withSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] }, async (sshd) => {
      const one = await subject({ known: sshd.knownHost })
      await withSshd({}, async (hop) => {
        const { via: _, jump: __, ...first } = to(hop, plain(hop), { hostKeys: [hop.hostKeys[0]!.trim()] })
        const error = await one.say(to(sshd, plain(sshd), { jump: [first] }), 'true').catch((e) => e)
        expect(error.data).toMatchObject({ code: 'ssh.no-common-method', retryable: false })
      })
      one.end()
    })
  })

  test('who gives up while it is connecting leaves nothing behind', async () => {
    await withSshd({}, async (sshd) => {
      const one = await subject({ known: sshd.knownHost })
      const transport = one.ssh.transport(to(sshd, plain(sshd)))
      const stop = new AbortController()
      const started = transport.exec(['true'], { signal: stop.signal })
      stop.abort(new Error('not wanted'))
      await expect(started).rejects.toThrow('not wanted')
      await expect.poll(() => sshd.children().length, { timeout: 10_000 }).toBe(0)
      expect(await one.say(to(sshd, plain(sshd)), 'echo', 'in')).toBe('in\n')
      one.end()
    })
  })
})

describe('what is no ssh server', { timeout: 60_000 }, () => {
  let server: Server
  let serve: (socket: Socket) => void
  let endpoint: SshEndpoint
  const sockets = new Set<Socket>()
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      serve(socket)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    endpoint = { via: 'ssh', host: '127.0.0.1', port, user: 'ada', auth: [], hostKeys: [], hostKeyAlias: null, jump: [] }
  })
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  const codeFor = async (behave: (socket: Socket) => void, other: Partial<SshEndpoint> = {}) => {
    serve = behave
    const one = await subject()
    const error = await one.say({ ...endpoint, ...other }, 'true').catch((e) => e)
    one.end()
    return error.data?.code
  }

  test('it greets for ever', async () => {
    const line = `${'x'.repeat(70)}\r\n`
    expect(await codeFor((socket) => socket.write(line.repeat(15_000)))).toBe('ssh.not-ssh')
    expect(await codeFor((socket) => socket.write('x'.repeat(1 << 20)))).toBe('ssh.not-ssh')
  })

  test('it never finishes its greeting', async () => {
    expect(await codeFor((socket) => socket.write('SSH-2.0-Open'))).toBe('ssh.timeout')
  })

  test('it hangs up, and it says something else', async () => {
    expect(await codeFor((socket) => socket.end())).toBe('ssh.not-ssh')
    expect(await codeFor((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))).toBe('ssh.not-ssh')
  })

  test('there is no such host, and nothing listens', async () => {
    expect(await codeFor(() => {}, { host: 'styx-no-such-host.invalid', port: 22 })).toBe('ssh.unknown-host')
    expect(await codeFor(() => {}, { port: 1 })).toBe('ssh.refused')
  })
})

if (noSshd) test.skip(`ssh: ${noSshd}`)
