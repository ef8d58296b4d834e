import { expect, test } from 'vitest'
import type { Cluster } from '../../shared/cluster.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import type { Operation } from '../../shared/operation.ts'
import { rayAsked } from '../../shared/ray.ts'
import { clusterTone, clusterWord, cpuName, gpuWords, machineWords, needOf, rateWords } from './words.ts'

const facts: MachineFacts = {
  machineId: 'm',
  hostname: 'h',
  os: 'Debian GNU/Linux 12',
  platform: 'linux',
  arch: 'x64',
  cpu: 'AMD Ryzen 9 7950X 16-Core Processor',
  cores: 16,
  memory_MiB: 65_536,
  diskTotal_MiB: null,
  diskFree_MiB: null,
  gpus: [],
  gpuProblem: null,
  python: null,
}
const gpu = (name: string, memory_MiB: number | null) => ({ uuid: name, name, memory_MiB })

test('rates are in units of 1000', () => {
  expect(rateWords(0)).toBe('0 B/s')
  expect(rateWords(999)).toBe('999 B/s')
  expect(rateWords(999.6)).toBe('1.0 kB/s')
  expect(rateWords(1_200_000)).toBe('1.2 MB/s')
  expect(rateWords(18_200_000_000)).toBe('18 GB/s')
})

test('processors and GPUs lose what their makers add', () => {
  expect(cpuName('Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz')).toBe('Intel Xeon E5-2686 v4')
  expect(gpuWords({ ...facts, gpus: [gpu('NVIDIA H100 80GB HBM3', 81_559), gpu('NVIDIA H100 80GB HBM3', 81_559)] })).toBe(
    '2 × H100 80 GB',
  )
  expect(gpuWords({ ...facts, gpus: [gpu('NVIDIA A100-SXM4-40GB', 40_960)] })).toBe('1 × A100 SXM4 40 GB')
  expect(gpuWords({ ...facts, gpus: [gpu('NVIDIA GeForce RTX 4090', 24_564)] })).toBe('1 × GeForce RTX 4090 24 GiB')
  expect(gpuWords({ ...facts, gpus: [gpu('NVIDIA A10G', null)] })).toBe('1 × A10G')
})

test('GPUs that could not be read are unknown, not none', () => {
  expect(gpuWords({ ...facts, gpuProblem: 'Failed to initialize NVML' })).toBe('GPUs unknown')
  expect(machineWords(facts)).toBe('AMD Ryzen 9 7950X · 16 cores · 64 GiB · no NVIDIA GPU')
  expect(machineWords({ ...facts, cpu: null, cores: null })).toBe('64 GiB · no NVIDIA GPU')
})

const error = { code: 'x', what: 'x', where: '', why: '', suggestion: '', detail: '', retryable: false }
const cluster = (state: Cluster['state'], problem: Cluster['observed']['problem'] = null): Cluster => ({
  id: 'c',
  placeId: 'p',
  name: 'c',
  spec: {},
  state,
  observed: { at: 1, problem },
  ray: null,
  createdAt: 1,
})

test('a cluster is named as it is for the user', () => {
  const named = (one: Cluster) => [clusterWord(one), clusterTone(one)]
  expect(named(cluster({ is: 'ready', since: 1 }))).toEqual(['Ready', 'ready'])
  expect(named(cluster({ is: 'ready', since: 1 }, error))).toEqual(['Not seen now', 'needs'])
  expect(named(cluster({ is: 'failed', at: 1, error, operationId: 'o' }))).toEqual(['Failed', 'failed'])
  const cancelled = { ...error, code: 'operation.cancelled' }
  expect(named(cluster({ is: 'failed', at: 1, error: cancelled, operationId: 'o' }))).toEqual(['Cancelled', 'off'])
})

test('of what needs the user the operation that waits comes first, and Ray last', () => {
  const said = (code: string) => ({ ...error, code })
  const ray = { ...rayAsked({ version: null, wheels: null }, 0), error: said('ray') }
  const operation = { state: 'needs-you', endedAt: null, error: said('waits') } as Operation
  const ready = { ...cluster({ is: 'ready', since: 1 }, said('unseen')), ray }
  expect(needOf(ready, operation)?.code).toBe('waits')
  expect(needOf(ready, { ...operation, state: 'done', endedAt: 1 })?.code).toBe('unseen')
  expect(needOf({ ...ready, observed: { at: 1, problem: null } }, undefined)?.code).toBe('ray')
  const failed = cluster({ is: 'failed', at: 1, error: said('failed'), operationId: 'o' }, said('unseen'))
  expect(needOf(failed, undefined)?.code).toBe('failed')
  expect(needOf({ ...cluster({ is: 'stopped', since: 1 }), ray }, undefined)).toBe(null)
})
