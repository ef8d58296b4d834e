import { expect, test } from 'vitest'
import type { Change } from '../shared/change.ts'
import { createAsks } from './asks.ts'

const HOST_KEY = {
  kind: 'host-key' as const,
  about: 'ada@gpu1',
  host: 'gpu1',
  keyType: 'ssh-ed25519',
  fingerprint: 'SHA256:abc',
  knownAs: [],
}
const PASSWORD = { kind: 'password' as const, about: 'ada@gpu1', failed: false }

function subject() {
  const told: Change[] = []
  const asks = createAsks((change) => told.push(change))
  return { asks, told, types: () => told.map((change) => change.type) }
}
const never = new AbortController().signal

test('what is asked twice at once is one question with one answer', async () => {
  const { asks, types } = subject()
  const both = [asks.ask(PASSWORD, never), asks.ask(PASSWORD, never)]
  expect(asks.open()).toHaveLength(1)
  asks.answer({ askId: asks.open()[0]!.id, value: 'hunter2', remember: true })
  expect(await Promise.all(both)).toEqual([
    { value: 'hunter2', remember: true },
    { value: 'hunter2', remember: true },
  ])
  expect(asks.open()).toEqual([])
  expect(types()).toEqual(['ask', 'gone'])
})

test('nothing that is told to the screen holds the answer', async () => {
  const { asks, told } = subject()
  const answer = asks.ask(PASSWORD, never)
  asks.answer({ askId: asks.open()[0]!.id, value: 'hunter2', remember: false })
  await answer
  expect(JSON.stringify(told)).not.toContain('hunter2')
})

test('a question ends with the last of its askers, not before', async () => {
  const { asks, types } = subject()
  const [one, other] = [new AbortController(), new AbortController()]
  const first = asks.ask(PASSWORD, one.signal)
  const second = asks.ask(PASSWORD, other.signal)
  one.abort(new Error('cancelled'))
  await expect(first).rejects.toThrow('cancelled')
  expect(asks.open()).toHaveLength(1)
  other.abort(new Error('cancelled too'))
  await expect(second).rejects.toThrow('cancelled too')
  expect(asks.open()).toEqual([])
  expect(types()).toEqual(['ask', 'gone'])
})

test('who asks after an abort is not heard', async () => {
  const { asks, told } = subject()
  await expect(asks.ask(PASSWORD, AbortSignal.abort(new Error('over')))).rejects.toThrow('over')
  expect(told).toEqual([])
})

test('no is an answer too', async () => {
  const { asks } = subject()
  const answer = asks.ask(HOST_KEY, never)
  const refused = expect(answer).rejects.toMatchObject({ data: { code: 'ask.dismissed', where: 'ada@gpu1' } })
  asks.dismiss(asks.open()[0]!.id)
  await refused
})

test('only the fingerprint that was shown confirms a key', async () => {
  const { asks } = subject()
  const answer = asks.ask(HOST_KEY, never)
  const askId = asks.open()[0]!.id
  expect(() => asks.answer({ askId, value: 'SHA256:xyz', remember: false })).toThrow('not the key')
  expect(asks.open()).toHaveLength(1)
  asks.answer({ askId, value: 'SHA256:abc', remember: false })
  expect((await answer).value).toBe('SHA256:abc')
})

test('an answer that comes too late is told so', () => {
  const { asks } = subject()
  expect(() => asks.answer({ askId: 'gone', value: '', remember: false })).toThrow('Nobody waits')
})
