import { expect, test } from 'vitest'
import { packFiles, rankFiles, skyTaskId } from './job-script.ts'

test('files are packed so that every line comes back, also those that look like ours', () => {
  expect(packFiles({ run: '=end\n\n leading\nlast', 'rank-0.out': '' })).toBe(
    '=run\n =end\n \n  leading\n last\n=rank-0.out\n=end\n end\n',
  )
})

test('what runs it wins over the user’s own variables', () => {
  const job = { id: 'j', gpusPerNode: 2, ranks: [{}, {}] }
  const script = {
    job,
    rank: 1,
    taskId: 't',
    ips: ['a', 'b'],
    gpusOfNode: 8,
    only: null,
    start: 'turn' as const,
    setup: null,
    run: 'x',
  }
  const { env, plan } = rankFiles({ ...script, values: { SKYPILOT_NODE_RANK: '9', A: `it's` } })
  expect(plan).toBe('1 2 8 2147483648 turn')
  expect(env).toContain(`command export SKYPILOT_NODE_RANK='1'\n`)
  expect(env).toContain(`command export A='it'\\''s'\n`)
  expect(env).toContain(`command export SKYPILOT_NODE_IPS='a\nb'\n`)
})

test('SkyPilot’s form of a task id', () => {
  expect(skyTaskId('mine', 3, new Date('2026-11-25T02:46:32.697Z'))).toBe('sky-2026-11-25-02-46-32-697000_mine_3')
})
