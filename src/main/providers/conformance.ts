import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cluster } from '../../shared/cluster.ts'
import type { Endpoint, Node } from '../../shared/node.ts'
import { offer } from '../../shared/offer.ts'
import type { Leftover } from '../../shared/operation.ts'
import { health, type Place } from '../../shared/place.ts'
import type { AnyStep, StepContext } from '../operations/step.ts'
import type { Transport } from '../transports/transport.ts'
import type { Observation, Provider } from './provider.ts'

/** A provider with a world of its own to work in. */
export type Subject = {
  provider: Provider
  place: Place
  /** What a launch is asked for. */
  spec: Record<string, unknown>
  installationId: string
  transport(endpoint: Endpoint): Transport
  /** All that is there, ours and not ours, as text: two alike are the same world. */
  world(): Promise<string>
  close(): Promise<void>
}

/** What every provider must do, whatever it makes. */
export function providerConformance(name: string, open: () => Promise<Subject>): void {
  describe(`${name}: provider conformance`, { timeout: 60_000 }, () => {
    let subject: Subject
    let untouched: string
    const never = new AbortController().signal
    beforeEach(async () => {
      subject = await open()
      untouched = await subject.world()
    })
    afterEach(() => subject.close())

    test('check answers in words, offers can be had, a candidate comes from an offer', async () => {
      const { provider, place } = subject
      const seen = health.parse(await provider.check(place, () => {}, never))
      expect(seen).toMatchObject({ placeId: place.id, usable: true })
      expect(seen.findings.length).toBeGreaterThan(0)
      for (const { what, level, why } of seen.findings) expect([what, level === 'ok' || why]).not.toContain('')
      const offers = []
      for await (const one of provider.offers(place, never)) offers.push(offer.parse(one))
      const available = offers.find((one) => one.available.is === 'yes')!
      expect(provider.candidates(offers, available.id)[0]).toEqual({ title: available.title, offerId: available.id })
      expect(provider.candidates(offers, 'no such offer')).toEqual([])
      expect(await subject.world()).toBe(untouched)
    })

    test('a spec with an unknown key is refused', () => {
      expect(subject.provider.spec.safeParse({ 'no-such-key': 1 }).success).toBe(false)
    })

    test('plans are readable, and a name means one thing', () => {
      const known = new Map<string, AnyStep>()
      for (const action of ['launch', 'stop', 'start', 'terminate'] as const) {
        const steps = subject.provider.steps(action)
        expect(new Set(steps.map((step) => step.name)).size).toBe(steps.length)
        for (const step of steps) {
          expect(step.title).not.toBe('')
          expect(step.expected_s).toBeLessThan(step.timeout_s)
          expect(known.get(step.name)?.title ?? step.title).toBe(step.title)
          known.set(step.name, step)
        }
      }
    })

    test('launch, and launch again: the same nodes, nothing doubled', async () => {
      const driver = drive(subject)
      await driver.run('launch')
      const [nodes, world] = [driver.nodes(), await subject.world()]
      expect(nodes.map((node) => node.state)).toEqual(nodes.map(() => 'up'))
      expect(nodes[0]).toMatchObject({ rank: 0, clusterId: driver.cluster.id, endpoint: expect.anything() })
      expect(world).not.toBe(untouched)
      await driver.run('launch')
      expect(driver.nodes().map((node) => node.id)).toEqual(nodes.map((node) => node.id))
      expect(await subject.world()).toBe(world)
    })

    test('undo takes everything back, and again, and before anything was done', async () => {
      const driver = drive(subject)
      expect(await driver.undo('launch')).toEqual([])
      await driver.run('launch')
      expect(await driver.undo('launch')).toEqual([])
      expect(await subject.world()).toBe(untouched)
      expect(await driver.undo('launch')).toEqual([])
      expect(driver.nodes().some((node) => node.state === 'up')).toBe(false)
    })

    test('a crash after the effect of any step: it runs again, and can still be undone', async () => {
      const count = subject.provider.steps('launch').length
      for (let crashed = 0; crashed < count; crashed++) {
        const driver = drive(subject)
        await driver.run('launch', { upTo: crashed + 1 })
        driver.forget(crashed)
        await driver.run('launch', { from: crashed })
        expect(driver.nodes().every((node) => node.state === 'up')).toBe(true)
        const other = drive(subject)
        await other.run('launch', { upTo: crashed + 1 })
        other.forget(crashed)
        expect(await other.undo('launch')).toEqual([])
        expect(await driver.undo('launch')).toEqual([])
        expect(await subject.world()).toBe(untouched)
      }
    })

    test('stop, and again; start: the same nodes are up', async () => {
      const driver = drive(subject)
      await driver.run('launch')
      const [before, world] = [driver.nodes(), await subject.world()]
      for (const _ of ['once', 'again']) {
        await driver.run('stop')
        expect(driver.nodes().every((node) => node.state === 'stopped')).toBe(true)
      }
      for (const _ of ['once', 'again']) {
        await driver.run('start')
        expect(driver.nodes().map(({ id, state }) => [id, state])).toEqual(before.map(({ id }) => [id, 'up']))
      }
      expect(await subject.world()).toBe(world)
      await driver.run('terminate')
    })

    test('terminate leaves nothing and touches nothing else, from any state and again', async () => {
      const other = drive(subject)
      await other.run('launch')
      const withOther = await subject.world()
      for (const states of [['launch'], ['launch', 'stop'], ['launch', 'terminate'], []] as const) {
        const driver = drive(subject)
        for (const action of states) await driver.run(action)
        await driver.run('terminate')
        expect(driver.nodes().every((node) => node.state === 'gone')).toBe(true)
        expect(await subject.world()).toBe(withOther)
      }
      await other.run('terminate')
      expect(await subject.world()).toBe(untouched)
    })

    test('a cancelled step ends soon, and what it did can be taken back', async () => {
      for (const after_ms of [0, 1, 5, 20, 60]) {
        const driver = drive(subject)
        const cancel = new AbortController()
        setTimeout(() => cancel.abort(), after_ms)
        const began = performance.now()
        await driver.run('launch', { signal: cancel.signal }).catch(() => {})
        expect(performance.now() - began).toBeLessThan(10_000)
        expect(await driver.undo('launch')).toEqual([])
        expect(await subject.world()).toBe(untouched)
      }
    })

    test('watch sees a cluster at once, and ends with its signal', async () => {
      const driver = drive(subject)
      await driver.run('launch')
      const stop = new AbortController()
      const seen = new Promise<Observation[]>((resolve) => {
        const clusters = () => [{ cluster: driver.cluster, nodes: driver.nodes() }]
        void subject.provider.watch(clusters, resolve, stop.signal).then(() => resolve([]))
      })
      expect(await seen).toMatchObject([
        { clusterId: driver.cluster.id, nodes: driver.nodes().map((node) => ({ nodeId: node.id, state: 'up' })) },
      ])
      stop.abort()
      await driver.run('terminate')
    })
  })
}

type Action = Parameters<Provider['steps']>[0]

/** Runs plans as an operation does, with the records in memory, for one cluster. */
export function drive(subject: Subject) {
  const nodes = new Map<string, Node>()
  const outputs = new Map<string, unknown>()
  const log: string[] = []
  const cluster: Cluster = {
    id: randomUUID(),
    placeId: subject.place.id,
    name: 'conformance',
    spec: subject.spec,
    state: { is: 'ready', since: 0 },
    observed: { at: null, problem: null },
    ray: null,
    createdAt: 0,
  }
  const key = (step: AnyStep, node: Node | null) => `${step.name} ${node?.id ?? ''}`

  const contextOf = (step: AnyStep, node: Node | null, signal: AbortSignal): StepContext => ({
    installationId: subject.installationId,
    operationId: 'operation',
    place: subject.place,
    cluster,
    nodes: [...nodes.values()],
    targets: [...nodes.values()],
    node,
    attempt: { number: 1, candidate: { title: 'conformance', offerId: 'offer' } },
    output: (earlier) => earlier.output.parse(outputs.get(key(earlier, earlier.scope === 'node' ? node : null))),
    saveNode: (saved) => nodes.set(saved.id, saved),
    changeRay: () => {},
    transport: (to) => subject.transport(to.endpoint!),
    signal,
    report: () => {},
    log: (text) => log.push(`${step.name}: ${text}`),
  })
  const targets = (step: AnyStep): (Node | null)[] => (step.scope === 'node' ? [...nodes.values()] : [null])

  return {
    cluster,
    log,
    nodes: () => [...nodes.values()],
    run: async (action: Action, options: { from?: number; upTo?: number; signal?: AbortSignal } = {}): Promise<void> => {
      const signal = options.signal ?? new AbortController().signal
      for (const step of subject.provider.steps(action).slice(options.from, options.upTo))
        for (const node of targets(step)) {
          // Through JSON, as the database keeps it.
          const output = step.output.parse(await step.run(contextOf(step, node, signal)))
          outputs.set(key(step, node), JSON.parse(JSON.stringify(output)))
        }
    },
    /** A crash came before this step of a launch could write what it learned. */
    forget: (index: number): void => {
      const step = subject.provider.steps('launch')[index]!
      for (const node of targets(step)) outputs.delete(key(step, node))
    },
    undo: async (action: Action): Promise<Leftover[]> => {
      const leftovers: Leftover[] = []
      for (const step of subject.provider.steps(action).toReversed())
        for (const node of targets(step)) {
          const context = contextOf(step, node, new AbortController().signal)
          leftovers.push(...((await step.undo?.(context, outputs.get(key(step, node)))) ?? []))
        }
      return leftovers
    },
  }
}
