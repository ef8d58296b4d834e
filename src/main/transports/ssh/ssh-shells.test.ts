import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { noAccounts, type Sshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import type { SshEndpoint } from '../../../shared/node.ts'
import { capture } from '../capture.ts'
import { subject, to } from '../ssh-subject.ts'

const never = new AbortController().signal
const NOISE = `echo '*** welcome to gpu1 ***'`
const LOUD = `head -c 2000000 /dev/zero | tr '\\0' x; echo; echo loud >&2`

const SHELLS: { shell: string; starts: Record<string, string> }[] = [
  { shell: '/bin/sh', starts: {} },
  { shell: '/bin/bash', starts: { '.bashrc': LOUD, '.profile': NOISE, '.bash_profile': NOISE } },
  { shell: '/bin/tcsh', starts: { '.cshrc': NOISE, '.login': NOISE } },
  { shell: '/usr/bin/fish', starts: { '.config/fish/config.fish': `${NOISE}\necho loud >&2` } },
  { shell: '/usr/bin/zsh', starts: { '.zshenv': NOISE } },
]

describe.skipIf(noAccounts)('login shells of a real sshd', { timeout: 60_000 }, () => {
  for (const { shell, starts } of SHELLS)
    test.skipIf(!existsSync(shell))(`${shell} passes everything on as it is, whatever its start files print`, async () => {
      await inShell(shell, starts, async ({ say, transport }) => {
        const args = [
          'two words',
          `'"\\$HOME\`id\``,
          'new\nline\ttab',
          '',
          'grün 🚀',
          '-n',
          '*',
          '~',
          '!!',
          'a!b',
          '%s\\n',
          "\\'",
          '$(id)',
          '^a^b',
          '{a,b}',
          ' ; false',
          '\\',
          "'''",
          '\x01',
        ]
        expect((await say('sh', '-c', 'for a; do printf "%s\\0" "$a"; done', 'sh', ...args)).split('\0').slice(0, -1)).toEqual(
          args,
        )
        const long = `!'\\\n`.repeat(2_000)
        expect(await say('printf', '%s', long)).toBe(long)
        const ran = await capture(transport, ['sh', '-c', 'echo out; echo err >&2; exit 3'], {
          timeout_ms: 20_000,
          signal: never,
        })
        expect(ran).toMatchObject({ stdout: 'out\n', stderr: 'err\n', code: 3 })
        const child = await transport.exec(await transport.shell(never), { signal: never, pty: { cols: 80, rows: 24 } })
        child.stdin.write('exit 5\n')
        child.stdout.resume()
        expect((await child.exit).code).toBe(5)
        const missing = transport.exec(['styx-no-such'], { signal: never })
        await expect(missing).rejects.toMatchObject({ data: { code: 'exec.not-found' } })
      })
    })

  test('an account without a shell says so, in its own words', async () => {
    await inShell('/usr/sbin/nologin', {}, async ({ say }) => {
      await expect(say('true')).rejects.toMatchObject({
        data: { code: 'ssh.no-shell', detail: expect.stringContaining('not available') },
      })
    })
  })

  test('a forced command says so too', async () => {
    await inShell(
      '/bin/sh',
      {},
      async ({ say }) => {
        await expect(say('true')).rejects.toMatchObject({ data: { code: 'ssh.no-shell', detail: 'only this' } })
      },
      ['ForceCommand echo only this'],
    )
  })
})

if (noAccounts) test.skip(`login shells: ${noAccounts}`)

async function inShell(
  shell: string,
  starts: Record<string, string>,
  work: (with_: {
    say(...argv: [string, ...string[]]): Promise<string>
    transport: ReturnType<Awaited<ReturnType<typeof subject>>['ssh']['transport']>
  }) => Promise<void>,
  config: string[] = [],
): Promise<void> {
  const sshd: Sshd = await startSshd({ config, account: { name: 'styxada', password: 'x', shell } })
  const one = await subject({ known: sshd.knownHost, kept: { [`ssh-password:styxada@127.0.0.1:${sshd.port}`]: 'x' } })
  try {
    for (const [file, text] of Object.entries(starts)) {
      await mkdir(dirname(join(sshd.home, file)), { recursive: true })
      await writeFile(join(sshd.home, file), `${text}\n`, { mode: 0o644 })
    }
    const endpoint: SshEndpoint = to(sshd, [{ by: 'password' }])
    await work({ say: (...argv) => one.say(endpoint, ...argv), transport: one.ssh.transport(endpoint) })
  } finally {
    one.end()
    await sshd.stop()
  }
}
