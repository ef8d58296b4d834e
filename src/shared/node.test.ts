import { expect, test } from 'vitest'
import { type SshEndpoint, sshCommand, sshEndpoint, sshName } from './node.ts'

const ENDPOINT = { via: 'ssh', host: 'gpu1', port: 22, user: 'ada', auth: [], hostKeys: [], hostKeyAlias: null, jump: [] }

test.each(['-oProxyCommand=id', 'a b', '', 'a\nb', ' gpu1'])('a host or user %j is none', (word) => {
  for (const field of ['host', 'user']) expect(sshEndpoint.safeParse({ ...ENDPOINT, [field]: word }).success).toBe(false)
})

test('names, addresses and odd users pass', () => {
  for (const host of ['gpu1.lab', '10.0.0.7', 'fe80::1%eth0'])
    expect(sshEndpoint.safeParse({ ...ENDPOINT, host }).success).toBe(true)
  for (const user of ['ada', 'LAB\\ada', 'ada@lab']) expect(sshEndpoint.safeParse({ ...ENDPOINT, user }).success).toBe(true)
})

test('a host is named as in ssh, its port only where it is another one', () => {
  expect(sshName({ user: 'ada', host: 'gpu1', port: 22 })).toBe('ada@gpu1')
  expect(sshName({ user: 'ada', host: 'gpu1', port: 2222 })).toBe('ada@gpu1:2222')
})

test('the command that reaches a host is one for the shell, whatever the names hold', () => {
  const of = (more: object) => sshCommand({ ...ENDPOINT, ...more } as SshEndpoint)
  expect(of({})).toBe('ssh -l ada gpu1')
  expect(
    of({
      port: 2222,
      auth: [
        { by: 'key', file: '/home/ada/my key' },
        { by: 'agent', socket: null },
        { by: 'key', file: '/k' },
      ],
    }),
  ).toBe("ssh -i '/home/ada/my key' -p 2222 -l ada gpu1")
  expect(
    of({
      jump: [
        { ...ENDPOINT, host: 'gate' },
        { ...ENDPOINT, host: 'fe80::1', port: 23 },
      ],
    }),
  ).toBe("ssh -J 'ada@gate:22,ada@[fe80::1]:23' -l ada gpu1")
  expect(of({ user: "a';id", host: '$(id)' })).toBe("ssh -l 'a'\\'';id' '$(id)'")
  expect(of({ system: { destination: 'gpu1', why: '' }, port: 2222 })).toBe('ssh gpu1')
})
