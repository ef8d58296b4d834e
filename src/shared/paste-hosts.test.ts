import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePastedHosts } from './paste-hosts.ts'
import { hostProblem, hostWords, parseTarget } from './pool.ts'

const bare = { user: null, port: null, identityFile: null, jump: null }
const only = (line: string) => {
  const { hosts, problems } = parsePastedHosts(line)
  return hosts[0] ?? problems[0]?.what
}

test.each([
  ['gpu1', { ...bare, host: 'gpu1' }],
  ['ada@gpu1', { ...bare, host: 'gpu1', user: 'ada' }],
  ['ada@10.0.0.7:2222', { ...bare, host: '10.0.0.7', user: 'ada', port: 2222 }],
  ['ada@[2001:db8::7]:22', { ...bare, host: '2001:db8::7', user: 'ada', port: 22 }],
  ['2001:db8::7', { ...bare, host: '2001:db8::7' }],
  ['ssh://ada@gpu1:2222/', { ...bare, host: 'gpu1', user: 'ada', port: 2222 }],
  ['ada@uni.example@gpu1', { ...bare, host: 'gpu1', user: 'ada@uni.example' }],
  [
    'ssh -p 2222 -i ~/.ssh/lab -J ada@bastion:2200,inner gpu1 # the old one',
    {
      host: 'gpu1',
      user: null,
      port: 2222,
      identityFile: '~/.ssh/lab',
      jump: 'ada@bastion:2200,inner',
    },
  ],
  ['ssh -p2222 -lada gpu1', { ...bare, host: 'gpu1', user: 'ada', port: 2222 }],
] as const)('%j is a machine', (line, host) => {
  expect(only(line)).toEqual(host)
})

test.each([
  ['-oProxyCommand=x', 'not understood'],
  ['ssh -- -x', 'not understood'],
  ['ada@-x', 'may not begin with a hyphen'],
  ['-x@gpu1', 'not understood'],
  ['gpu1:0', 'Port: A number from 1'],
  ['gpu1:65536', 'Port: A number from 1'],
  ['gpu1:', 'no user@host:port'],
  ['gpu1:ssh', 'no user@host:port'],
  ['@gpu1', 'no user@host:port'],
  ['ssh', 'names no machine'],
  ['ssh -p', '-p has no value'],
  ['ssh gpu1 uptime', 'One machine a line'],
  ['gpu\u00001', 'control character'],
  ['gpu\u202e1', 'control character'],
  ['ssh -i lab gpu1', 'Key file'],
  ['ssh -J a,,b gpu1', 'Jump host'],
  ['ssh -J a,-b gpu1', 'hyphen'],
  [`ssh -J ${Array(9).fill('a').join(',')} gpu1`, 'At most 8'],
  ['x'.repeat(256), 'At most 255'],
])('%j is refused in words', (line, what) => {
  expect(only(line)).toContain(what)
})

test('lines of any system, comments, and the same machine twice', () => {
  expect(parsePastedHosts('# lab\r\ngpu1\r\n\r\ngpu1\ngpu2\rbad host\n')).toMatchObject({
    hosts: [{ host: 'gpu1' }, { host: 'gpu2' }],
    problems: [{ line: 6, text: 'bad host' }],
  })
})

test('whatever is pasted, what comes out can be used, and is read again as it is called', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('-', '@', ':', '[', ']', ',', ' ', '\n', 'ssh', '-p', '-J', 'a', '22', '::1'),
  )
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        for (const host of parsePastedHosts(text).hosts) {
          expect(hostProblem(host)).toBeNull()
          expect(parseTarget(hostWords(host))).toEqual({ host: host.host, user: host.user, port: host.port })
        }
      },
    ),
  )
})
