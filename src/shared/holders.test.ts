import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { heldGpus, holdersOf, holdersOfGpu, keepGpus, takeGpus, visibleGpus } from './holders.ts'
import type { MachineFacts } from './machine.ts'
import type { Node } from './node.ts'

type Holder = Pick<Node, 'clusterId' | 'machineId' | 'facts' | 'gpus' | 'state'>
const UUIDS = ['a', 'b', 'c', 'd']
const machine = { machineId: 'm', hostname: 'gpu1', gpus: UUIDS }
const node = (clusterId: string, gpus: string[] | null, state: Node['state'] = 'up'): Holder => ({
  clusterId,
  machineId: 'm',
  facts: null,
  gpus,
  state,
})
const facts = (gpus: string[]) => ({ gpus: gpus.map((uuid) => ({ uuid, name: 'H100', memory_MiB: null })) }) as MachineFacts
const named = (id: string) => `cluster ${id}`
const refused = (take: () => unknown): unknown => {
  try {
    take()
  } catch (error) {
    return (error as { data: unknown }).data
  }
  throw new Error('it was not refused')
}

test('all that are free, or as many as are wished; what went holds nothing, what is stopped does', () => {
  expect(takeGpus(machine, null, [], named)).toEqual(UUIDS)
  const nodes = [node('x', ['a']), node('y', ['c'], 'stopped'), node('z', ['b'], 'gone')]
  expect(takeGpus(machine, null, nodes, named)).toEqual(['b', 'd'])
  expect(takeGpus(machine, 1, nodes, named)).toEqual(['b'])
  expect(takeGpus(machine, 0, nodes, named)).toEqual([])
  expect(holdersOf('m', nodes)).toEqual(['x', 'y'])
  expect(UUIDS.map((uuid) => holdersOfGpu('m', uuid, nodes))).toEqual([['x'], [], ['y'], []])
})

test('who holds all of a machine holds each of its GPUs, by whatever name the machine is known', () => {
  expect(takeGpus(machine, null, [node('x', null)], named)).toEqual([])
  expect(takeGpus({ ...machine, hostname: 'another name' }, null, [node('x', ['a', 'b', 'c'])], named)).toEqual(['d'])
})

test('too many: refused by the names of those that hold them', () => {
  const nodes = [node('x', ['a', 'b']), node('y', ['c'])]
  expect(refused(() => takeGpus(machine, 2, nodes, named))).toMatchObject({
    code: 'gpus.held',
    where: 'gpu1',
    why: '2 of its 4 are asked for, and 1 are free: cluster x holds 2, cluster y holds 1.',
  })
  expect(refused(() => takeGpus(machine, 5, [], named))).toMatchObject({ code: 'gpus.too-few' })
})

test('a machine without GPUs can be shared, and is held whole by each', () => {
  expect(takeGpus({ ...machine, gpus: [] }, null, [node('x', null)], named)).toBe(null)
  // One that gets its driver later: who was there before has seen none of them.
  expect(takeGpus(machine, null, [{ ...node('x', null), facts: facts([]) }], named)).toEqual(UUIDS)
})

test('at a start what is held is kept, what is broken replaced, and what others took is said', () => {
  expect(keepGpus(machine, ['b', 'c'], [node('x', ['a'])], named)).toEqual(['b', 'c'])
  expect(keepGpus(machine, ['b', 'broken'], [node('x', ['a'])], named)).toEqual(['b', 'c'])
  expect(keepGpus({ ...machine, gpus: ['b'] }, ['b', 'broken'], [], named)).toEqual(['b'])
  expect(refused(() => keepGpus(machine, ['a', 'b'], [node('x', ['a'])], named))).toMatchObject({
    code: 'gpus.held',
    why: '1 that this cluster held went to others meanwhile: cluster x holds 1.',
  })
})

test('any clusters one after the other: no GPU is ever held twice', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 4 }))), (wishes) => {
      const nodes: Holder[] = []
      for (const [index, wish] of wishes.entries())
        try {
          nodes.push(node(String(index), takeGpus(machine, wish, nodes, named)))
        } catch {}
      for (const uuid of UUIDS) expect(holdersOfGpu('m', uuid, nodes).length).toBeLessThan(2)
    }),
  )
})

test('what programs may see: numbers as nvidia-smi has them, or all', () => {
  expect(visibleGpus({ facts: facts(UUIDS), gpus: null })).toBe(null)
  expect(visibleGpus({ facts: facts(UUIDS), gpus: ['d', 'c', 'b', 'a'] })).toBe(null)
  expect(visibleGpus({ facts: facts(UUIDS), gpus: ['d', 'b'] })).toEqual([1, 3])
  expect(visibleGpus({ facts: facts(UUIDS), gpus: [] })).toEqual([])
  expect(heldGpus({ facts: facts(UUIDS), gpus: ['d', 'b'] }).map(({ uuid }) => uuid)).toEqual(['b', 'd'])
  expect(heldGpus({ facts: null, gpus: null })).toEqual([])
})
