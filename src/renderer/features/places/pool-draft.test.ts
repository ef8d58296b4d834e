import { expect, test } from 'vitest'
import { draftOf, emptyHost, hostOf, isEmpty, problemsOf } from './pool-draft.ts'

const plain = { user: null, port: null, identityFile: null, jump: null }

test('a machine goes into its fields and comes back, and what is empty is left to the config', () => {
  const name = { host: 'gpu1', user: 'ada', port: 2222, identityFile: '~/.ssh/lab', jump: 'gateway' }
  expect(hostOf(draftOf(name))).toEqual(name)
  expect(hostOf(draftOf({ host: 'gpu1', ...plain }))).toEqual({ host: 'gpu1', ...plain })
  expect(isEmpty(emptyHost())).toBe(true)
  expect(isEmpty(draftOf(name))).toBe(false)
})

test('what is wrong is said at its field, and a machine twice at the second', () => {
  const drafts = [
    draftOf({ ...plain, host: 'gpu1' }),
    draftOf({ ...plain, host: '-oProxyCommand=x' }),
    draftOf({ ...plain, host: 'gpu1' }),
    { ...draftOf({ ...plain, host: 'gpu2' }), port: '22x' },
    draftOf({ ...plain, host: 'gpu3', identityFile: 'id_lab' }),
  ]
  const problems = problemsOf(drafts)
  expect(drafts.map(({ key }) => problems.get(key)?.field)).toEqual([undefined, 'host', 'host', 'port', 'identityFile'])
})
