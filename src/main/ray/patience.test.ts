import { expect, test } from 'vitest'
import type { Node } from '../../shared/node.ts'
import { type Ray, rayAsked } from '../../shared/ray.ts'
import { judge, PROBES, type Patience, patient } from './patience.ts'
import { type Probe, parseProbe } from './probe.ts'

const node = (id: string, rank: number): Node => ({ id, rank, facts: null }) as Node
const nodes = [node('a', 0), node('b', 1)]
const running: Ray = {
  ...rayAsked({ version: null, wheels: null }, 0),
  is: 'running',
  version: '2.60.0',
  python: '3.11',
  nodes: ['a', 'b'].map((nodeId) => ({ nodeId, folder: '/f', temp: '/t', ip: '10.0.0.1', port: 20_000, alive: true, since: 0 })),
}
const use = { cpus: 4, cpusUsed: 1, gpus: 0, gpusUsed: 0 }
const whole: Probe = {
  why: null,
  nodes: ['head', 'worker-1'].map((name) => ({ name, ip: '10.0.0.1', alive: true, message: '' })),
  use,
}
const without: Probe = {
  ...whole,
  nodes: [whole.nodes[0]!, { ...whole.nodes[1]!, alive: false, message: 'health check failed' }],
}
const silent: Probe = { why: 'timed out', nodes: [], use: null }

function after(ray: Ray, ...probes: Probe[]): Ray {
  let now: { ray: Ray; patience: Patience } = { ray, patience: patient }
  probes.forEach((probe, i) => {
    now = judge(now.ray, nodes, probe, now.patience, i + 1)
  })
  return now.ray
}

test('one or two failed probes change nothing', () => {
  expect(after(running, silent, silent, whole)).toMatchObject({ is: 'running', since: 0 })
  expect(after(running, without, without, whole, without, without)).toMatchObject({ is: 'running', error: null })
  expect(after(running, silent, whole, silent, whole, silent, whole, silent)).toMatchObject({ is: 'running' })
})

test('three in a row: degraded, with the node, since when and why', () => {
  expect(PROBES).toBe(3)
  const ray = after(running, without, without, without)
  expect(ray).toMatchObject({
    is: 'degraded',
    since: 3,
    error: { code: 'ray.node-lost', where: 'worker 1', why: 'health check failed' },
  })
  expect(ray.nodes.map(({ alive, since }) => [alive, since])).toEqual([
    [true, 0],
    [false, 3],
  ])
  expect(after(running, silent, silent, silent)).toMatchObject({ is: 'degraded', error: { code: 'ray.silent', where: 'head' } })
})

test('it stays what it is while that goes on, and is whole again at once', () => {
  const lost = after(running, without, without, without, without, without)
  expect(lost.since).toBe(3)
  expect(after(lost, whole)).toMatchObject({ is: 'running', error: null, use })
  expect(after(after(running, silent, silent, silent), whole)).toMatchObject({ is: 'running', error: null })
})

test('a line of the head is read, and anything else refused', () => {
  expect(parseProbe(JSON.stringify(whole))).toEqual(whole)
  expect(() => parseProbe('Welcome!')).toThrow(/could not be read/)
  expect(() => parseProbe('{"why":null}')).toThrow(/could not be read/)
})
