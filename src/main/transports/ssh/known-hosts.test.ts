import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addKnownHost, fingerprint, judge, knownTypes, parseKnownHosts } from './known-hosts.ts'

/** A public key in SSH's own form. */
const keyOf = (type: string, fill: number): Buffer => {
  const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  return Buffer.concat([part(Buffer.from(type)), part(Buffer.alloc(32, fill))])
}
const [KEY, OTHER] = [keyOf('ssh-ed25519', 1), keyOf('ssh-ed25519', 2)]
const ECDSA = keyOf('ecdsa-sha2-nistp256', 3)
const word = (key: Buffer) => `${key.toString('latin1', 4, 4 + key[3]!)} ${key.toString('base64')}`
const verdict = (text: string, host: string, port = 22, key = KEY) => judge(parseKnownHosts(text, 'f'), host, port, key)

test.each([
  ['gpu1', 'gpu1', 22, true],
  ['GPU1.lab', 'gpu1.LAB', 22, true],
  ['gpu1,10.0.0.7', '10.0.0.7', 22, true],
  ['gpu1', 'gpu2', 22, false],
  ['gpu*.lab', 'gpu17.lab', 22, true],
  ['gpu?', 'gpu17', 22, false],
  ['*.lab,!bad.lab', 'bad.lab', 22, false],
  ['!bad.lab,*.lab', 'good.lab', 22, true],
  ['[gpu1]:2222', 'gpu1', 2222, true],
  ['[gpu1]:2222', 'gpu1', 22, false],
  ['[gpu?]:*', 'gpu1', 2222, true],
  ['gpu1', 'gpu1', 2222, true], // a forwarded port to the very host
  ['fe80::1', 'fe80::1', 22, true],
  ['gpu.lab', 'gpuxlab', 22, false],
])('the line of %s stands for %s port %d: %s', (names, host, port, isKnown) => {
  expect(verdict(`${names} ${word(KEY)}`, host, port).is).toBe(isKnown ? 'known' : 'unknown')
})

test('comments, bad lines, tabs, CRLF and what follows a key harm nothing', () => {
  const text = `# gpu1 ${word(OTHER)}\n\n|1|broken\ngpu1\ngpu1 ssh-ed25519 not-a-key\ngpu1 ssh-rsa ${KEY.toString('base64')}\n@odd gpu1 ${word(OTHER)}\n  gpu1\t${word(KEY)} ada@laptop\r\n`
  expect(parseKnownHosts(text, 'f')).toMatchObject([{ names: 'gpu1', where: 'f:8' }])
  expect(verdict(text, 'gpu1').is).toBe('known')
})

test('with any key known, another one is a change, also of another type', () => {
  expect(verdict(`gpu1 ${word(OTHER)}`, 'gpu1')).toEqual({ is: 'changed', known: [`f:1 ssh-ed25519 ${fingerprint(OTHER)}`] })
  expect(verdict(`gpu1 ${word(ECDSA)}`, 'gpu1')).toMatchObject({
    is: 'changed',
    known: [expect.stringMatching(/^f:1 ecdsa-\S+ SHA256:/)],
  })
  expect(verdict(`gpu1 ${word(OTHER)}\ngpu1 ${word(KEY)}`, 'gpu1').is).toBe('known')
})

test('a revoked key is worse than unknown, and a certificate authority is no key of a host', () => {
  expect(verdict(`gpu1 ${word(KEY)}\n@revoked * ${word(KEY)}`, 'gpu1')).toEqual({ is: 'revoked', where: 'f:2' })
  expect(verdict(`@cert-authority * ${word(KEY)}`, 'gpu1').is).toBe('unknown')
})

test('a key that is known by another name says by which', () => {
  expect(verdict(`gpu1,10.0.0.7 ${word(KEY)}`, 'gpu1.lab')).toEqual({ is: 'unknown', knownAs: ['gpu1,10.0.0.7'] })
})

test('the types that are known of a host', () => {
  const lines = parseKnownHosts(`gpu1 ${word(KEY)}\ngpu1 ${word(ECDSA)}\ngpu2 ${word(OTHER)}`, 'f')
  expect(knownTypes(lines, 'gpu1', 22)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256'])
})

test('a key is added as ssh would, once, behind a last line without an end, hashed among hashed ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'styx-known-'))
  const file = join(folder, '.ssh', 'known_hosts')
  await addKnownHost(file, 'gpu1', 22, KEY)
  await addKnownHost(file, 'gpu1', 22, KEY)
  await addKnownHost(file, 'gpu1', 2222, OTHER)
  expect(await readFile(file, 'utf8')).toBe(`gpu1 ${word(KEY)}\n[gpu1]:2222 ${word(OTHER)}\n`)
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)

  await writeFile(file, `gpu1 ${word(KEY)}`)
  await addKnownHost(file, 'gpu2', 22, OTHER)
  expect(await readFile(file, 'utf8')).toBe(`gpu1 ${word(KEY)}\ngpu2 ${word(OTHER)}\n`)

  execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
  await addKnownHost(file, 'gpu3', 22, KEY)
  const text = await readFile(file, 'utf8')
  expect(text).not.toContain('gpu3')
  for (const [host, key] of [
    ['gpu1', KEY],
    ['gpu2', OTHER],
    ['gpu3', KEY],
  ] as const) {
    expect(verdict(text, host, 22, key).is).toBe('known')
    expect(execFileSync('ssh-keygen', ['-F', host, '-f', file], { encoding: 'utf8' })).toContain(key.toString('base64'))
  }
})
