import { expect, test } from 'vitest'
import { parseTasks } from '../../../shared/task/parse.ts'
import { type Have, whyNot } from './fits.ts'

const machine: Have = { kind: 'local', nodes: 1, gpuCount: 8, gpuName: 'NVIDIA A100-SXM4-80GB', cores: 16, memory_MiB: 64_000 }
const why = (yaml: string, have: Partial<Have> = {}) =>
  whyNot(parseTasks(`run: x\n${yaml}`).tasks[0]!.task, { ...machine, ...have })

test('a task that fits', () => {
  for (const resources of [
    '',
    'accelerators: A100:8',
    'accelerators: A100-80GB:1',
    'accelerators: a100',
    'cpus: 16',
    'cpus: 8+',
    'memory: 64',
    'infra: local',
    'accelerators: [H100, A100]',
  ])
    expect(why(resources && `resources: {${resources}}`)).toBeNull()
  expect(why('resources: {any_of: [{infra: aws}, {cpus: 2}]}')).toBeNull()
  expect(why('resources: {cpus: 99}', { cores: null })).toBeNull()
})

test('what is lacking is said', () => {
  expect(why('num_nodes: 2')).toBe('the task wants 2 nodes, and here is 1')
  expect(why('resources: {accelerators: H100:8}')).toBe('the task wants 8 × H100, and here are 8 × NVIDIA A100-SXM4-80GB')
  expect(why('resources: {accelerators: [H100:8, L4]}', { gpuCount: 0, gpuName: null })).toBe(
    'the task wants 8 × H100 or 1 × L4, and here is no GPU',
  )
  expect(why('resources: {accelerators: A100:16}')).toContain('16 × A100')
  expect(why('resources: {cpus: 32+}')).toBe('the task wants 32 cores, and here are 16')
  expect(why('resources: {memory: 128GB}')).toBe('the task wants 128 GB of memory, and here are 62')
  expect(why('resources: {infra: aws/us-east-1}')).toBe('the task wants `aws/us-east-1`')
})
