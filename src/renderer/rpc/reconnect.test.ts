import { afterEach, expect, test } from 'vitest'
import type { Peer } from '../../shared/peer.ts'
import { followStream } from './follow.ts'
import { peerPair } from './peer-pair.ts'
import { backoff, type Connection, createConnection, type Peers, signedOut } from './reconnect.ts'

const open: Connection[] = []
afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

type Engine = {
  calls: string[]
  lose(reason?: string): void
  answers: boolean
  say(to: string, value: unknown): void
  requests: string[]
}

/** An engine that can be reached or not; each connection that it takes is one of `engines`. */
function world() {
  const engines: Engine[] = []
  const state = { up: true, signedIn: true, tries: 0 }
  const connect = async (): Promise<Peers> => {
    state.tries += 1
    if (!state.signedIn) throw signedOut()
    if (!state.up) throw new Error('nobody there')
    const [contract, end] = peerPair<string>()
    const [bytes] = peerPair<Uint8Array>()
    engines.push(answer(end))
    return { contract, bytes }
  }
  const connection = createConnection(connect)
  open.push(connection)
  const call = (name: string, signal?: AbortSignal) => connection.link.call([name], undefined, { context: {}, signal })
  return { state, engines, connection, call }
}

/** Speaks just enough of oRPC's protocol: answers each call with the path that was called. */
function answer(peer: Peer<string>): Engine {
  const engine: Engine = {
    calls: [],
    requests: [],
    answers: true,
    lose: (reason = '') => peer.close(reason),
    say: (id, value) => void peer.send(JSON.stringify({ i: id, ...(value as object) })),
  }
  peer.onMessage((text) => {
    const { i, t, p } = JSON.parse(text)
    if (t === 4) return
    engine.calls.push(p.u)
    engine.requests.push(i)
    if (!engine.answers) return
    if (p.u === '/stream') engine.say(i, { p: { h: { 'content-type': 'text/event-stream' } } })
    else engine.say(i, { p: { b: { json: p.u } } })
  })
  return engine
}

const codeOf = (call: Promise<unknown>) => call.then(String, (error) => error.data?.code ?? String(error))

test('a call made before there is a connection waits for it', async () => {
  const { call, connection } = world()
  expect(connection.state().is).toBe('connecting')
  expect(await call('app')).toBe('/app')
  expect(connection.state().is).toBe('open')
})

test('a lost connection fails the calls that wait, says why, and comes back by itself', async () => {
  const { call, connection, engines } = world()
  await call('app')
  engines[0]!.answers = false
  const waiting = codeOf(call('slow'))
  await expect.poll(() => engines[0]!.calls).toContain('/slow')
  engines[0]!.lose('Styx was closed.')
  expect(await waiting).toBe('connection.lost')
  await expect.poll(() => connection.state()).toMatchObject({ is: 'reconnecting', attempt: 1, why: 'Styx was closed.' })
  expect(await call('after')).toBe('/after')
  expect(engines).toHaveLength(2)
})

test('a call made in the very moment of the loss fails too, instead of hanging', async () => {
  const { call, connection, engines } = world()
  await connection.opened(new AbortController().signal)
  const made = codeOf(call('app'))
  engines[0]!.lose()
  expect(await made).toBe('connection.lost')
})

test('waking tries at once, and attempts are counted until it is open again', async () => {
  const { state, connection, engines } = world()
  await connection.opened(new AbortController().signal)
  state.up = false
  engines[0]!.lose()
  for (let attempt = 1; attempt <= 8; attempt++) {
    await expect.poll(() => connection.state()).toMatchObject({ is: 'reconnecting', attempt })
    connection.wake()
  }
  state.up = true
  connection.wake()
  await expect.poll(() => connection.state().is).toBe('open')
})

test('the waits grow from 0.3 s to 10 s and are never equal for all', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 20].map(backoff)
  const longest = [300, 600, 1200, 2400, 4800, 9600, 10_000, 10_000]
  waits.forEach((wait, i) => {
    expect(wait).toBeLessThanOrEqual(longest[i]!)
    expect(wait).toBeGreaterThanOrEqual(longest[i]! * 0.75)
  })
})

test('signed out: it stops trying, calls fail at once, and waking tries again', async () => {
  const { state, connection, engines, call } = world()
  await connection.opened(new AbortController().signal)
  state.signedIn = false
  engines[0]!.lose()
  await expect.poll(() => connection.state().is).toBe('signed-out')
  expect(await codeOf(call('app'))).toBe('connection.signed-out')
  const { tries } = state
  state.signedIn = true
  connection.wake()
  await expect.poll(() => connection.state().is).toBe('open')
  expect(state.tries).toBe(tries + 1)
})

test('a call while there is no connection fails after a few seconds, or when it is aborted', async () => {
  const { state, connection, engines, call } = world()
  await connection.opened(new AbortController().signal)
  state.up = false
  engines[0]!.lose()
  await expect.poll(() => connection.state().is).toBe('reconnecting')
  const abort = new AbortController()
  const aborted = codeOf(call('app', abort.signal))
  abort.abort(new Error('enough'))
  expect(await aborted).toContain('enough')
  const since = Date.now()
  expect(await codeOf(call('app'))).toBe('connection.lost')
  expect(Date.now() - since).toBeGreaterThan(4_000)
})

test('a connection that answers nothing any more is dropped when the window is looked at again', async () => {
  const { connection, engines } = world()
  await connection.opened(new AbortController().signal)
  engines[0]!.answers = false
  connection.wake()
  await expect.poll(() => engines[0]!.calls).toEqual(['/app/info'])
  await expect.poll(() => engines.length, { timeout: 15_000 }).toBe(2)
  await expect.poll(() => connection.state().is).toBe('open')
})

test('a followed stream is opened again after a reconnect and after its own end, until it is aborted', async () => {
  const { connection, engines } = world()
  const seen: unknown[] = []
  const stop = new AbortController()
  const openStream = (signal: AbortSignal) =>
    connection.link.call(['stream'], undefined, { context: {}, signal }) as Promise<AsyncIterable<unknown>>
  const ended = followStream(connection, openStream, (message) => seen.push(message), stop.signal)
  const message = (json: unknown) => ({ t: 3, p: { e: 'message', d: { json } } })

  await expect.poll(() => engines[0]?.calls).toEqual(['/stream'])
  engines[0]!.say(engines[0]!.requests[0]!, message('one'))
  await expect.poll(() => seen).toEqual(['one'])
  engines[0]!.lose()
  await expect.poll(() => engines[1]?.calls).toEqual(['/stream'])
  engines[1]!.say(engines[1]!.requests[0]!, message('two'))
  engines[1]!.say(engines[1]!.requests[0]!, { t: 3, p: { e: 'done', d: { json: null } } })
  await expect.poll(() => engines[1]!.calls).toEqual(['/stream', '/stream'])
  expect(seen).toEqual(['one', 'two'])
  stop.abort()
  await ended
  expect(connection.state().is).toBe('open')
})

test('closing it ends everything', async () => {
  const { connection, engines, call } = world()
  await connection.opened(new AbortController().signal)
  connection.close()
  expect(await codeOf(call('app'))).toBe('connection.lost')
  expect(engines).toHaveLength(1)
})
