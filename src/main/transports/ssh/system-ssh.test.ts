import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import { plain, subject, to } from '../ssh-subject.ts'
import type { Link } from '../transport.ts'

const never = new AbortController().signal

describe.skipIf(noSshd)('the system’s ssh, where ssh2 cannot go', { timeout: 60_000 }, () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] })
  })
  afterAll(() => sshd.stop())

  test('a host with a key exchange of its own is reached all the same: programs, terminals, aborts', async () => {
    const one = await subject({ known: sshd.knownHost })
    const transport = one.ssh.transport(to(sshd, plain(sshd)))
    const args = ['two words', `'"\\$HOME\`id\``, 'new\nline', '', 'grün 🚀', '*', '!!']
    const said = await one.say(to(sshd, plain(sshd)), 'sh', '-c', 'for a; do printf "%s\\0" "$a"; done', 'sh', ...args)
    expect(said.split('\0').slice(0, -1)).toEqual(args)
    const failed = await transport.exec(['sh', '-c', 'cat >&2; exit 37'], { signal: never })
    failed.stdin.end('in')
    let err = ''
    failed.stderr.on('data', (chunk: Buffer) => {
      err += chunk
    })
    failed.stdout.resume()
    expect([await failed.exit, err]).toEqual([{ code: 37, signal: null }, 'in'])
    await expect(transport.exec(['styx-no-such'], { signal: never })).rejects.toMatchObject({ data: { code: 'exec.not-found' } })

    const shell = await transport.exec(['sh'], { signal: never, pty: { cols: 91, rows: 17 } })
    let screen = ''
    shell.stdout.on('data', (chunk: Buffer) => {
      screen += chunk
    })
    shell.stdin.write('stty size\n')
    await expect.poll(() => screen).toContain('17 91')
    shell.resize({ cols: 133, rows: 44 })
    await expect
      .poll(
        () => {
          shell.stdin.write('stty size\n')
          return screen
        },
        { timeout: 5_000, interval: 200 },
      )
      .toContain('44 133')
    shell.stdin.write('exit 3\n')
    expect((await shell.exit).code).toBe(3)

    const stop = new AbortController()
    const marker = `styx-system-${process.pid}`
    const running = await transport.exec(['sh', '-c', 'sleep 600; :', marker], { signal: stop.signal })
    stop.abort()
    await running.exit
    expect(execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })).not.toMatch(new RegExp(`^[^Z].*${marker}`, 'm'))
    one.end()
  })

  test('a key that nobody knows is asked about before anything is sent, and a changed one is refused', async () => {
    const one = await subject({ answer: (ask) => (ask.kind === 'host-key' ? ask.fingerprint : null) })
    expect(await one.say(to(sshd, plain(sshd)), 'echo', 'in')).toBe('in\n')
    expect(one.asked).toMatchObject([{ kind: 'host-key', host: `[127.0.0.1]:${sshd.port}` }])
    expect(await readFile(one.knownHosts, 'utf8')).toBe(sshd.knownHost)
    one.end()
    const other = await subject({
      known: `[127.0.0.1]:${sshd.port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n`,
    })
    await expect(other.say(to(sshd, plain(sshd)), 'true')).rejects.toMatchObject({ data: { code: 'ssh.host-key-changed' } })
    other.end()
  })

  test('a link that is watched is told lost, and comes back', async () => {
    const one = await subject({ known: sshd.knownHost })
    const links: Link[] = []
    const stop = new AbortController()
    one.ssh.transport(to(sshd, plain(sshd))).watch((link) => links.push(link), stop.signal)
    await expect.poll(() => links.at(-1)?.is, { timeout: 10_000 }).toBe('open')
    for (const pid of sshd.children())
      try {
        process.kill(pid, 'SIGKILL')
      } catch {}
    await expect.poll(() => links.map(({ is }) => is).slice(-3), { timeout: 10_000 }).toEqual(['lost', 'connecting', 'open'])
    expect(links.at(-1)).toMatchObject({ system: expect.stringContaining('no encryption in common') })
    stop.abort()
    one.end()
  })

  test('a certificate and a ProxyCommand of the user’s own config', async () => {
    const own = await startSshd()
    try {
      const { folder } = own
      const at = (name: string) => join(folder, name)
      for (const name of ['ca', 'mine']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
      execFileSync('ssh-keygen', ['-q', '-s', at('ca'), '-I', 'test', '-n', own.user, at('mine.pub')])
      const ca = await startSshd({ config: [`TrustedUserCAKeys ${at('ca.pub')}`] })
      try {
        const one = await subject({
          known: `certified ${ca.hostKeys[0]}`,
          sshConfig: `Host certified\n  User ${ca.user}\n  IdentityFile ${at('mine')}\n  CertificateFile ${at('mine-cert.pub')}\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  ProxyCommand ${process.execPath} -e "const s = require('net').connect(${ca.port}, '127.0.0.1'); process.stdin.pipe(s).pipe(process.stdout)"\n`,
        })
        const endpoint = to(ca, [], { system: { destination: 'certified', why: 'It wants a certificate.' } })
        expect(await one.say(endpoint, 'sh', '-c', 'echo $STYX_HOST')).toBe(`${ca.port}\n`)
        one.end()
        // The user's config switches the check off; ours stays.
        const stranger = await subject({
          known: `certified ${own.hostKeys[0]}`,
          sshConfig: await readFile(join(one.folder, 'config'), 'utf8'),
        })
        await expect(stranger.say(endpoint, 'true')).rejects.toMatchObject({ data: { code: 'ssh.host-key-changed' } })
        stranger.end()
      } finally {
        await ca.stop()
      }
    } finally {
      await own.stop()
    }
  })

  test('what it cannot reach is told in ssh’s own words', async () => {
    const one = await subject({ known: sshd.knownHost })
    const endpoint = to(sshd, [], { port: 1, system: { destination: '127.0.0.1', why: 'test' } })
    const error = await one.say(endpoint, 'true').catch((e) => e)
    expect(error.data).toMatchObject({ code: 'ssh.system-failed', retryable: true })
    one.end()
  })
})

if (noSshd) test.skip(`system ssh: ${noSshd}`)
