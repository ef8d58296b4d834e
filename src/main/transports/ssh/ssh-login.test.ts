import { execFileSync, spawn } from 'node:child_process'
import { chmod, copyFile, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noAccounts, noSshd, PASSPHRASE, type Sshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import type { Ask } from '../../../shared/ask.ts'
import type { SshEndpoint } from '../../../shared/node.ts'
import { plain, subject, to } from '../ssh-subject.ts'
import { fingerprint } from './known-hosts.ts'

const trusting = (ask: Ask) => (ask.kind === 'host-key' ? ask.fingerprint : null)

describe.skipIf(noSshd)('logins at a real sshd', { timeout: 30_000 }, () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] })
  })
  afterAll(() => sshd.stop())

  test('an unknown key is asked about once, with its fingerprint; then it is known', async () => {
    const one = await subject({ answer: trusting })
    const said = await Promise.all([one.say(to(sshd, plain(sshd)), 'echo', '1'), one.say(to(sshd, plain(sshd)), 'echo', '2')])
    expect(said).toEqual(['1\n', '2\n'])
    const shown = execFileSync('ssh-keygen', ['-lf', join(sshd.folder, 'host_ed25519')], { encoding: 'utf8' })
    expect(one.asked).toMatchObject([{ kind: 'host-key', host: `[127.0.0.1]:${sshd.port}`, keyType: 'ssh-ed25519' }])
    expect(shown).toContain((one.asked[0] as { fingerprint: string }).fingerprint)
    const found = execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${sshd.port}`, '-f', one.knownHosts], { encoding: 'utf8' })
    expect(found).toContain(sshd.hostKeys[0]!.split(' ')[1])
    one.end()
  })

  test('a no keeps it out, and nothing asks again by itself', async () => {
    const one = await subject({ answer: () => null })
    await expect(one.say(to(sshd, plain(sshd)), 'true')).rejects.toMatchObject({ data: { code: 'ask.dismissed' } })
    await expect(one.say(to(sshd, plain(sshd)), 'true')).rejects.toMatchObject({ data: { code: 'ask.dismissed' } })
    expect(one.asked).toHaveLength(1)
    one.ssh.transport(to(sshd, plain(sshd))).wake()
    await expect(one.say(to(sshd, plain(sshd)), 'true')).rejects.toMatchObject({ data: { code: 'ask.dismissed' } })
    expect(one.asked).toHaveLength(2)
    one.end()
  })

  test('of several host keys the one that is known is asked for, whichever it is', async () => {
    for (const line of sshd.hostKeys) {
      const known = `[127.0.0.1]:${sshd.port} ${line}`
      const one = await subject({ known })
      expect(await one.say(to(sshd, plain(sshd)), 'echo', 'in')).toBe('in\n')
      one.end()
    }
  })

  test('names that ssh-keygen has hashed are read, and ours is hashed beside them', async () => {
    const one = await subject({ known: sshd.knownHost })
    execFileSync('ssh-keygen', ['-H', '-f', one.knownHosts], { stdio: 'ignore' })
    expect(await one.say(to(sshd, plain(sshd)), 'echo', 'in')).toBe('in\n')
    one.end()
  })

  test('a changed key stops everything, and no switch passes it', async () => {
    const other = `[127.0.0.1]:${sshd.port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n`
    const one = await subject({ known: other, answer: trusting })
    const error = await one.say(to(sshd, plain(sshd)), 'true').catch((e) => e)
    expect(error.data).toMatchObject({ code: 'ssh.host-key-changed', retryable: false })
    expect(error.data.why).toContain(fingerprint(Buffer.from(sshd.hostKeys[0]!.split(' ')[1]!, 'base64')))
    expect(error.data.suggestion).toContain(`${one.knownHosts}:1`)
    expect(one.asked).toEqual([])
    expect(await readFile(one.knownHosts, 'utf8')).toBe(other)
    one.end()
  })

  test('a revoked key, and a key other than the endpoint names', async () => {
    const revoked = await subject({ known: `@revoked * ${sshd.hostKeys[0]}${sshd.knownHost}` })
    await expect(revoked.say(to(sshd, plain(sshd)), 'true')).rejects.toMatchObject({ data: { code: 'ssh.host-key-revoked' } })
    revoked.end()
    const pinned = await subject()
    const right = to(sshd, plain(sshd), { hostKeys: sshd.hostKeys.map((line) => line.trim()) })
    expect(await pinned.say(right, 'echo', 'in')).toBe('in\n')
    const wrong = { ...right, hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] }
    await expect(pinned.say(wrong, 'true')).rejects.toMatchObject({ data: { code: 'ssh.host-key-changed' } })
    pinned.end()
  })

  test('a key with a passphrase: asked once, kept, and used for every host', async () => {
    const one = await subject({ known: sshd.knownHost, answer: (ask) => (ask.kind === 'passphrase' ? PASSPHRASE : null) })
    const locked: SshEndpoint['auth'] = [{ by: 'key', file: sshd.keys[1] }]
    expect(await one.say(to(sshd, locked), 'echo', 'in')).toBe('in\n')
    expect(await one.say(to(sshd, [...locked, { by: 'password' }]), 'echo', 'in')).toBe('in\n')
    expect(one.asked).toMatchObject([{ kind: 'passphrase', file: sshd.keys[1], failed: false }])
    expect([...one.kept]).toEqual([[`ssh-passphrase:${sshd.keys[1]}`, PASSPHRASE]])
    one.end()
    const next = await subject({ known: sshd.knownHost, kept: Object.fromEntries(one.kept) })
    expect(await next.say(to(sshd, locked), 'echo', 'in')).toBe('in\n')
    expect(next.asked).toEqual([])
    next.end()
  })

  test('a wrong passphrase is asked for three times and then told', async () => {
    const one = await subject({ known: sshd.knownHost, answer: () => 'wrong' })
    const error = await one.say(to(sshd, [{ by: 'key', file: sshd.keys[1] }]), 'true').catch((e) => e)
    expect(error.data.code).toBe('ssh.passphrase-wrong')
    expect(one.asked.map((ask) => ask.kind === 'passphrase' && ask.failed)).toEqual([false, true, true])
    expect(one.kept.size).toBe(0)
    one.end()
  })

  test('a passphrase is not asked for where the host does not want the key', async () => {
    const one = await subject({ known: sshd.knownHost })
    const foreign = join(await mkdtemp(join(tmpdir(), 'styx-key-')), 'id')
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', 'secret', '-f', foreign])
    expect(await one.say(to(sshd, [{ by: 'key', file: foreign }, ...plain(sshd)]), 'echo', 'in')).toBe('in\n')
    expect(one.asked).toEqual([])
    one.end()
  })

  test('a refused login says what was tried and what it takes', async () => {
    const one = await subject({ known: sshd.knownHost })
    const folder = await mkdtemp(join(tmpdir(), 'styx-key-'))
    const [foreign, open] = [join(folder, 'foreign'), join(folder, 'open')]
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', foreign])
    await copyFile(sshd.keys[0], open)
    await chmod(open, 0o644)
    const auth: SshEndpoint['auth'] = [foreign, open, join(folder, 'missing')].map((file) => ({ by: 'key', file }))
    const error = await one.say(to(sshd, auth), 'true').catch((e) => e)
    expect(error.data).toMatchObject({
      code: 'ssh.login-refused',
      where: `${sshd.user}@127.0.0.1:${sshd.port}`,
      retryable: false,
    })
    for (const words of [`the key ${foreign}`, `chmod 600 ${open}`, 'missing: there is no such file', 'It takes: publickey'])
      expect(error.data.why).toContain(words)
    one.end()
  })

  test('an agent signs, also for a key that is named by its file', async () => {
    const socket = join(await mkdtemp(join(tmpdir(), 'styx-agent-')), 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    const before = process.env.SSH_AUTH_SOCK
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: socket }
      await expect.poll(() => spawnOk('ssh-add', [sshd.keys[0]], env)).toBe(true)
      const one = await subject({ known: sshd.knownHost })
      expect(await one.say(to(sshd, [{ by: 'agent', socket }]), 'echo', 'in')).toBe('in\n')
      process.env.SSH_AUTH_SOCK = socket
      expect(await one.say(to(sshd, [{ by: 'agent', socket: null }]), 'echo', 'in')).toBe('in\n')
      one.end()
      await expect.poll(() => spawnOk('ssh-add', ['-D'], env)).toBe(true)
      const empty = await subject({ known: sshd.knownHost })
      await expect(empty.say(to(sshd, [{ by: 'agent', socket }]), 'true')).rejects.toMatchObject({
        data: { code: 'ssh.login-refused' },
      })
      empty.end()
    } finally {
      if (before === undefined) delete process.env.SSH_AUTH_SOCK
      else process.env.SSH_AUTH_SOCK = before
      agent.kill()
    }
  })

  test('through a jump host, whose own connection serves several', async () => {
    const [far, further] = await Promise.all([startSshd(), startSshd()])
    try {
      const one = await subject({ known: sshd.knownHost + far.knownHost + further.knownHost })
      const { via: _, jump: __, ...hop } = to(sshd, plain(sshd))
      const { via: ___, jump: ____, ...second } = to(far, plain(far))
      expect(await one.say(to(far, plain(far), { jump: [hop] }), 'sh', '-c', 'echo $STYX_HOST')).toBe(`${far.port}\n`)
      const both = to(further, plain(further), { jump: [hop, second] })
      expect(await one.say(both, 'sh', '-c', 'echo $STYX_HOST')).toBe(`${further.port}\n`)
      expect((await sshd.log()).match(/Accepted publickey/g)?.length ?? 0).toBeGreaterThan(0)
      const nowhere = to(far, plain(far), { port: 1, jump: [hop] })
      await expect(one.say(nowhere, 'true')).rejects.toMatchObject({ data: { code: 'ssh.no-way-through' } })
      one.end()
    } finally {
      await Promise.all([far.stop(), further.stop()])
    }
  })
})

describe.skipIf(noAccounts)('passwords at a real sshd', { timeout: 30_000 }, () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd({ account: { name: 'styxada', password: 'hunter 2', shell: '/bin/sh' } })
  })
  afterAll(() => sshd.stop())
  const auth: SshEndpoint['auth'] = [{ by: 'password' }]

  test('a password is asked for, kept once it was right, and not asked for again', async () => {
    const answers = ['wrong', 'hunter 2']
    const one = await subject({ known: sshd.knownHost, answer: () => answers.shift() ?? null })
    expect(await one.say(to(sshd, auth), 'id', '-u')).toBe('54321\n')
    expect(one.asked).toMatchObject([
      { kind: 'password', about: `styxada@127.0.0.1:${sshd.port}`, failed: false },
      { kind: 'password', failed: true },
    ])
    expect([...one.kept]).toEqual([[`ssh-password:styxada@127.0.0.1:${sshd.port}`, 'hunter 2']])
    one.end()
    const next = await subject({ known: sshd.knownHost, kept: Object.fromEntries(one.kept) })
    expect(await next.say(to(sshd, auth), 'echo', 'in')).toBe('in\n')
    expect(next.asked).toEqual([])
    next.end()
  })

  test('three wrong passwords, and it is told', async () => {
    const one = await subject({ known: sshd.knownHost, answer: () => 'wrong' })
    await expect(one.say(to(sshd, auth), 'true')).rejects.toMatchObject({ data: { code: 'ssh.login-refused' } })
    expect(one.asked).toHaveLength(3)
    expect(one.kept.size).toBe(0)
    one.end()
  })
})

if (noSshd) test.skip(`ssh: ${noSshd}`)
if (noAccounts) test.skip(`ssh passwords: ${noAccounts}`)

function spawnOk(program: string, args: string[], env: NodeJS.ProcessEnv): boolean {
  try {
    execFileSync(program, args, { env, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
