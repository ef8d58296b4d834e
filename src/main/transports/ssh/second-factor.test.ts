import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type AuthContext, type ServerChannel } from 'ssh2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SshAuth, SshEndpoint } from '../../../shared/node.ts'
import { subject } from '../ssh-subject.ts'

// OpenSSH asks for a second factor only through PAM modules, which a test cannot install: here ssh2's own server stands in for it.
let folder: string
let server: InstanceType<typeof ssh2.Server>
let port: number
let wants: string[] = []
const NEEDS = { password: 'hunter2', code: '123456' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'styx-2fa-'))
  for (const name of ['host', 'mine']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  server = new ssh2.Server({ hostKeys: [await readFile(join(folder, 'host'))] }, (client) => {
    let left = [...wants]
    client.on('error', () => {})
    client.on('authentication', (way: AuthContext) => {
      const [next] = left
      const pass = () => {
        left = left.slice(1)
        if (left.length === 0) way.accept()
        else way.reject([left[0]!.split(':')[0]] as never, true)
      }
      if (next === undefined || way.method !== next.split(':')[0]) return way.reject([(next ?? '').split(':')[0]] as never)
      if (way.method === 'publickey') {
        if (way.signature) pass()
        else way.accept()
      } else if (way.method === 'keyboard-interactive') {
        way.prompt([{ prompt: next.split(':')[1] ?? 'Verification code: ', echo: false }], 'Two\x1b[31m factors', (answers) => {
          if (answers[0] === NEEDS.code || answers[0] === NEEDS.password) pass()
          else way.reject(['keyboard-interactive'])
        })
      } else if (way.method === 'password' && way.password === NEEDS.password) pass()
      else way.reject([next] as never)
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel: ServerChannel = acceptExec()
        const child = spawn('/bin/sh', ['-c', command])
        child.stdout.pipe(channel)
        child.stderr.pipe(channel.stderr)
        child.on('close', (code) => {
          channel.exit(code ?? 1)
          channel.end()
        })
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => server.once('listening', resolve))
  port = (server.address() as { port: number }).port
})
afterAll(() => {
  server.close()
})

async function login(steps: string[], auth: SshAuth[], answers: Record<string, string>) {
  wants = steps
  const known = `[127.0.0.1]:${port} ${await readFile(join(folder, 'host.pub'), 'utf8')}`
  const one = await subject({ known, answer: (ask) => answers[ask.kind] ?? null })
  const endpoint: SshEndpoint = {
    via: 'ssh',
    host: '127.0.0.1',
    port,
    user: 'ada',
    auth,
    hostKeys: [],
    hostKeyAlias: null,
    jump: [],
  }
  const said = await one.say(endpoint, 'echo', 'in').catch((error) => error.data)
  one.end()
  return { said, asked: one.asked, kept: [...one.kept] }
}
const key = (): SshAuth => ({ by: 'key', file: join(folder, 'mine') })

test('a key, then a code: it is asked for in the host’s own words, and never kept', async () => {
  const { said, asked, kept } = await login(['publickey', 'keyboard-interactive'], [key()], { code: NEEDS.code })
  expect(said).toBe('in\n')
  expect(asked).toMatchObject([{ kind: 'code', prompt: 'Verification code:', instructions: 'Two [31m factors', echo: false }])
  expect(kept).toEqual([])
})

test('a key of an agent, then a code: ssh2 does not say what is still wanted, so it is asked', async () => {
  const socket = join(folder, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  try {
    await expect
      .poll(() => {
        try {
          execFileSync('ssh-add', [join(folder, 'mine')], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
          return true
        } catch {
          return false
        }
      })
      .toBe(true)
    const { said, asked } = await login(['publickey', 'keyboard-interactive'], [{ by: 'agent', socket }], { code: NEEDS.code })
    expect([said, asked.map(({ kind }) => kind)]).toEqual(['in\n', ['code']])
  } finally {
    agent.kill()
  }
})

test('a key, then a password; a password that is asked for as a prompt', async () => {
  const both = await login(['publickey', 'password'], [key()], { password: NEEDS.password })
  expect([both.said, both.asked.map(({ kind }) => kind)]).toEqual(['in\n', ['password']])
  const prompted = await login(['keyboard-interactive:Password: '], [{ by: 'password' }], { password: NEEDS.password })
  expect([prompted.said, prompted.asked.map(({ kind }) => kind)]).toEqual(['in\n', ['password']])
})

test('wrong codes are told after three, and a dismissed one at once', async () => {
  const wrong = await login(['publickey', 'keyboard-interactive'], [key()], { code: 'no' })
  expect([wrong.said.code, wrong.asked.length]).toEqual(['ssh.login-refused', 3])
  const dismissed = await login(['publickey', 'keyboard-interactive'], [key()], {})
  expect(dismissed.said.code).toBe('ask.dismissed')
})
