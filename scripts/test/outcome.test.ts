import { expect, test } from 'vitest'
import { closingLine, judgeSkips, type Outcome } from './outcome.ts'

const one = (is: Outcome['is'], why = ''): Outcome => ({ suite: 's', name: 'n', is, why })

test('the closing line counts each outcome', () => {
  expect(closingLine([one('passed'), one('passed'), one('skipped', 'no htop: apt install htop')])).toBe(
    '2 passed, 0 failed, 1 skipped',
  )
})

test('a skip without a reason is a failure', () => {
  expect(judgeSkips([one('skipped'), one('skipped', 'no htop: apt install htop')]).map((o) => o.is)).toEqual([
    'failed',
    'skipped',
  ])
})
