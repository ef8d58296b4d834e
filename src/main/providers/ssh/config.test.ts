import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sshName } from '../../../shared/node.ts'
import type { HostName } from '../../../shared/pool.ts'
import { readConfig } from './config-file.ts'
import { parseConfigLine } from './config-line.ts'
import { lookUp, namedHosts } from './config-lookup.ts'
import { matchesPattern, matchesPatterns } from './pattern.ts'
import { parsePools } from './pools-file.ts'
import { resolveHost } from './resolve.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'styx-config-'))
  await mkdir(join(home, '.ssh'))
})
afterEach(() => rm(home, { recursive: true }))

const write = (name: string, text: string) => writeFile(join(home, '.ssh', name), text, { mode: 0o600 })
const read = () => readConfig(join(home, '.ssh/config'), home)
const named = (host: string, given: Partial<HostName> = {}): HostName => ({
  host,
  user: null,
  port: null,
  identityFile: null,
  jump: null,
  ...given,
})
/** How a name is reached by a config of this text. */
async function resolved(text: string, name: HostName) {
  await write('config', text)
  const { nodes } = await read()
  return resolveHost(name, { nodes, home, user: 'me', defaultKeys: [`${home}/.ssh/id_ed25519`] })
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: { data?: unknown }) => error.data ?? error,
  )

test.each([
  ['Host gpu1', { keyword: 'host', words: ['gpu1'] }],
  ['\tHostName=10.0.0.1', { keyword: 'hostname', words: ['10.0.0.1'] }],
  ['User = "ada lovelace"', { keyword: 'user', words: ['ada lovelace'] }],
  ['IdentityFile ~/a\\ b', { keyword: 'identityfile', words: ['~/a b'] }],
  ['Host a b # c', { keyword: 'host', words: ['a', 'b'] }],
  ['Host a#b\r', { keyword: 'host', words: ['a#b'] }],
  ['\ufeffHost a', { keyword: 'host', words: ['a'] }],
  ['  # Host a', null],
  ['', null],
])('the line %j', (line, parsed) => {
  expect(parseConfigLine(line)).toEqual(parsed)
})

test.each([
  ['Host', 'no value'],
  ['User "ada', 'no other end'],
  ['{"json": 1}', 'no setting'],
  ['=', 'no setting'],
])('the line %j is refused in words', (line, why) => {
  expect(() => parseConfigLine(line)).toThrow(why)
})

test('a line is read or refused with words, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      try {
        const parsed = parseConfigLine(line)
        if (parsed) expect(parsed.words.length).toBeGreaterThan(0)
      } catch (error) {
        expect((error as Error).message).toMatch(/\.$|: /)
      }
    }),
  )
})

test('patterns as ssh has them', () => {
  expect(matchesPattern('gpu*.lab', 'GPU12.lab')).toBe(true)
  expect(matchesPattern('gpu?', 'gpu12')).toBe(false)
  expect(matchesPattern('*', '')).toBe(true)
  expect(matchesPatterns(['*.lab', '!old.lab'], 'old.lab')).toBe(false)
  expect(matchesPatterns(['!old.lab'], 'new.lab')).toBe(false)
  const began = performance.now()
  expect(matchesPattern('*a'.repeat(200), 'a'.repeat(5_000).concat('b'))).toBe(false)
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('a pattern is what the regular expression of it is', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, text) => {
      const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect(matchesPattern(pattern, text)).toBe(regex.test(text))
    }),
  )
})

test('the first value counts, keys add up, tokens are filled', async () => {
  const endpoint = await resolved(
    `Host gpu1 gpu2
  HostName %h.lab.example
  IdentityFile ~/.ssh/%n_%r
  IdentitiesOnly yes
Host gpu?
  User ada
  Port 2222
  IdentityFile ~/.ssh/all
  HostKeyAlias lab
Host *
  User nobody
  Port 22`,
    named('gpu1'),
  )
  expect(endpoint).toEqual({
    via: 'ssh',
    host: 'gpu1.lab.example',
    port: 2222,
    user: 'ada',
    auth: [{ by: 'key', file: `${home}/.ssh/gpu1_ada` }, { by: 'key', file: `${home}/.ssh/all` }, { by: 'password' }],
    hostKeys: [],
    hostKeyAlias: 'lab',
    jump: [],
  })
})

test('what is said by hand goes before the file; without a file it is enough', async () => {
  const text =
    'Host gpu1\n  HostName 10.0.0.1\n  User ada\n  IdentityAgent none\n  PasswordAuthentication no\n  KbdInteractiveAuthentication no'
  expect(await resolved(text, named('gpu1', { user: 'bob', port: 2200, identityFile: '~/k' }))).toMatchObject({
    host: '10.0.0.1',
    user: 'bob',
    port: 2200,
    auth: [{ by: 'key', file: `${home}/k` }],
  })
  expect(await resolved('', named('10.0.0.9'))).toMatchObject({
    host: '10.0.0.9',
    user: 'me',
    port: 22,
    auth: [{ by: 'agent', socket: null }, { by: 'key', file: `${home}/.ssh/id_ed25519` }, { by: 'password' }],
  })
})

test('jump hosts are looked up too: the last goes through those before it, the first as its own settings say', async () => {
  const text = `Host gpu1
  ProxyJump ada@inner:2201,core
Host inner
  HostName 10.1.0.1
  ProxyJump bastion
Host core
  HostName 10.2.0.1
  ProxyJump never-used
Host bastion
  HostName bastion.example`
  const { jump } = await resolved(text, named('gpu1'))
  expect(jump.map(sshName)).toEqual(['me@bastion.example', 'ada@10.1.0.1:2201', 'me@10.2.0.1'])
  expect((await resolved(text, named('gpu1', { jump: 'none' }))).jump).toEqual([])
  expect((await resolved(text, named('gpu1', { jump: 'core' }))).jump.map(sshName)).toEqual(['me@never-used', 'me@10.2.0.1'])
})

test('a way through itself, a bad port or name: refused in words', async () => {
  expect(await failure(resolved('Host *\n  ProxyJump bastion', named('gpu1')))).toMatchObject({ code: 'ssh-config.jump-loop' })
  for (const text of [
    'Port 0',
    'Port ssh',
    'Port 65536',
    'HostName -oProxyCommand=x',
    'User "a b"',
    'User -x',
    'HostName "a\u0007"',
  ])
    expect(await failure(resolved(text, named('gpu1')))).toMatchObject({ code: 'ssh-config.invalid' })
  expect(await failure(resolved('', named('-x')))).toMatchObject({ code: 'ssh-config.invalid' })
})

test.each([
  ['a ProxyCommand', 'ProxyCommand nc %h %p', 'ProxyCommand'],
  ['a certificate', 'CertificateFile ~/.ssh/id-cert.pub', 'certificate'],
  ['a security key', 'IdentityFile ~/.ssh/id_ed25519_sk', 'security key'],
])('%s goes through the system’s ssh, which is told the name as it was given', async (_, line, why) => {
  const text = `Host gpu*\n  ${line}`
  const system = async (host: string, more = {}) => (await resolved(text, named(host, more))).system
  expect(await system('gpu1')).toEqual({ destination: 'gpu1', why: expect.stringContaining(why) })
  expect(await system('gpu1', { user: 'b@x', port: 2222 })).toMatchObject({ destination: 'ssh://b%40x@gpu1:2222' })
  expect(await system('other')).toBeUndefined()
  expect(await failure(resolved(text, named('gpu1', { identityFile: '/mine_sk' })))).toMatchObject({
    code: 'ssh-config.unsupported',
  })
})

test('also where only a host on the way needs it; not where the setting says none', async () => {
  const text =
    'Host gpu1\n  ProxyJump gate\nHost gate\n  ProxyCommand nc %h %p\nHost plain\n  ProxyCommand none\n  CertificateFile none'
  expect(await resolved(text, named('gpu1'))).toMatchObject({ system: { destination: 'gpu1' }, jump: [{ host: 'gate' }] })
  expect((await resolved(text, named('plain'))).system).toBeUndefined()
})

test('Match host and originalhost hold as they should; other conditions never do, and are named', async () => {
  const text = `Host gpu1
  HostName gpu1.lab
Match host *.lab
  User lab
Match originalhost gpu2 !host gpu1.lab
  User second
Match exec "touch ${home}/ran"
  User exec
Match user root
  Port 1
Match all
  Port 2222`
  expect(await resolved(text, named('gpu1'))).toMatchObject({ user: 'lab', port: 2222 })
  expect(await resolved(text, named('gpu2'))).toMatchObject({ user: 'second', port: 2222 })
  expect((await read()).problems.map(({ line, what }) => [line, what])).toEqual([
    [7, 'Match exec is not understood: what stands under it is not used.'],
    [9, 'Match user is not understood: what stands under it is not used.'],
  ])
})

test('Include: relative and with patterns, in a block only for its hosts; loops are named and end', async () => {
  await mkdir(join(home, '.ssh/conf.d'))
  await write('config', 'Include conf.d/*.conf\nHost outer\n  Include inner\nHost last\n  Port 3\n')
  await write('conf.d/a.conf', 'Host a\n  Port 1\nInclude ~/.ssh/conf.d/b.conf')
  await write('conf.d/b.conf', 'Host b\n  Port 2\nInclude conf.d/a.conf config\n')
  await write('inner', 'User inner\nHost outer other\n  Port 4')
  const { nodes, problems } = await read()
  expect(namedHosts(nodes).map(({ name }) => name)).toEqual(['a', 'b', 'outer', 'other', 'last'])
  const port = (name: string) => lookUp(nodes, name).get('port')?.[0]
  expect(['a', 'b', 'outer', 'other', 'last'].map(port)).toEqual([['1'], ['2'], ['4'], undefined, ['3']])
  expect(lookUp(nodes, 'last').get('user')).toBeUndefined()
  expect(problems.length).toBeGreaterThan(0)
  expect(problems.every(({ what, line }) => what.startsWith('It includes itself again') && line === 3)).toBe(true)
})

test('what cannot be read is named with its line, and a broken Host line does not give its settings to the host before', async () => {
  await write('config', 'Host gpu1\n  Port 1\nHost "gpu2\n  User evil\n}\nHost gpu3\n')
  const { nodes, problems } = await read()
  expect(problems.map(({ line }) => line)).toEqual([3, 5])
  expect(lookUp(nodes, 'gpu1').get('user')).toBeUndefined()
  expect(namedHosts(nodes)).toMatchObject([
    { name: 'gpu1', line: 1 },
    { name: 'gpu3', line: 6 },
  ])
})

test('a file that others may write is not taken; one that is not there is empty; a folder is named', async () => {
  expect(await read()).toEqual({ nodes: [], problems: [] })
  await write('config', 'Host gpu1')
  await chmod(join(home, '.ssh/config'), 0o666)
  expect(await read()).toMatchObject({ nodes: [], problems: [{ line: 0, what: expect.stringContaining('others may write') }] })
  await rm(join(home, '.ssh/config'))
  await mkdir(join(home, '.ssh/config'))
  expect((await read()).problems).toHaveLength(1)
})

test('SkyPilot’s pools: names, ips, what the pool says for all; the line of what is not understood', () => {
  const text = `lab:
  user: ada
  identity_file: ~/.ssh/lab
  hosts:
    - gpu1
    - ip: 10.0.0.2
      user: bob
    - port: 1
other: {}
`
  const { pools, problems } = parsePools(text, 'f')
  expect(pools).toEqual([
    {
      name: 'lab',
      hosts: [
        { ...named('gpu1', { user: 'ada', identityFile: '~/.ssh/lab' }), line: 5 },
        { ...named('10.0.0.2', { user: 'bob', identityFile: '~/.ssh/lab' }), line: 6 },
      ],
    },
  ])
  expect(problems.map(({ line }) => line)).toEqual([8, 9])
  expect(parsePools('a: [', 'f').problems[0]).toMatchObject({ file: 'f', line: 1 })
  expect(parsePools('- a', 'f').problems).toHaveLength(1)
  expect(parsePools('', 'f')).toEqual({ pools: [], problems: [] })
})

test('no text of pools throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      parsePools(text, 'f')
    }),
  )
})
