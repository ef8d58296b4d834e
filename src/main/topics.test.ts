import { expect, test, vi } from 'vitest'
import { createTopic, followTopic } from './topics.ts'

test('nothing published after subscribe() is missed, before the first read too', async () => {
  const topic = createTopic<number>()
  const stop = new AbortController()
  const messages = topic.subscribe(stop.signal)
  topic.publish(1)
  topic.publish(2)
  expect((await messages.next()).value).toBe(1)
  expect((await messages.next()).value).toBe(2)
  const waiting = messages.next()
  topic.publish(3)
  expect((await waiting).value).toBe(3)
})

test('a subscription ends quietly with its signal, waiting or not', async () => {
  const topic = createTopic<number>()
  const stop = new AbortController()
  const waiting = topic.subscribe(stop.signal).next()
  stop.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await topic.subscribe(stop.signal).next()).toEqual({ done: true, value: undefined })
})

test('a subscriber that falls behind is cut off instead of buffered for ever, and the others go on', async () => {
  const topic = createTopic<number>()
  const stop = new AbortController()
  const slow = topic.subscribe(stop.signal, 3)
  const quick = topic.subscribe(stop.signal)
  for (let n = 0; n < 5; n++) topic.publish(n)
  const read: number[] = []
  await expect(
    (async () => {
      for await (const message of slow) read.push(message)
    })(),
  ).rejects.toMatchObject({ data: { code: 'topic.lagged', retryable: true } })
  expect((await quick.next()).value).toBe(0)
})

test('who leaves early listens no more', async () => {
  const topic = createTopic<number>()
  const stop = new AbortController()
  const messages = topic.subscribe(stop.signal, 1)
  topic.publish(1)
  for await (const _ of messages) break
  for (let n = 0; n < 10; n++) topic.publish(n) // would lag
  expect(await messages.next()).toEqual({ done: true, value: undefined })
})

test('a follower that falls behind, or fails, begins anew instead of ending; it ends with its signal', async () => {
  const topic = createTopic<number>()
  const stop = new AbortController()
  const seen: (number | 'begin')[] = []
  const ended = followTopic(topic, stop.signal, {
    begin: () => seen.push('begin'),
    message: (one) => {
      if (one === -1) throw new Error('a full disk')
      seen.push(one)
    },
  })
  topic.publish(1)
  await vi.waitFor(() => expect(seen).toEqual(['begin', 1]))
  for (let i = 0; i <= 10_000; i++) topic.publish(2) // more than a subscriber may lag
  await vi.waitFor(() => expect(seen.filter((one) => one === 'begin')).toHaveLength(2), { timeout: 5000 })
  topic.publish(3)
  await vi.waitFor(() => expect(seen.at(-1)).toBe(3))
  topic.publish(-1)
  await vi.waitFor(() => expect(seen.filter((one) => one === 'begin')).toHaveLength(3), { timeout: 5000 })
  topic.publish(4)
  await vi.waitFor(() => expect(seen.at(-1)).toBe(4))
  stop.abort()
  await ended
})
