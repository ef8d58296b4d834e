import { expect, test } from 'vitest'
import type { Node } from '../../shared/node.ts'
import { acceleratorName } from './accelerator.ts'
import { seatsOf } from './layout.ts'
import { refusal } from './refusal.ts'

const node = (rank: number, innerIp: string | null, machineId = 'm', cores = 2): Node =>
  ({ id: `n${rank}`, rank, innerIp, machineId, facts: { cores, hostname: `host${rank}` } }) as Node

test('machines keep their addresses; several nodes on one get loopback addresses, and none a port of another', () => {
  const apart = seatsOf('c', [node(0, '10.0.0.1', 'a'), node(1, '10.0.0.2', 'b')])
  expect(apart.map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.2'])
  const together = seatsOf('c', [node(0, '127.0.0.1'), node(1, '127.0.0.1'), node(2, '127.0.0.1')])
  expect(together.map(({ ip }) => ip)).toEqual(['127.0.10.1', '127.0.10.2', '127.0.10.3'])
  for (const id of ['a', 'b', 'x'.repeat(36), '8c1f']) {
    const seats = seatsOf(
      id,
      Array.from({ length: 8 }, (_, rank) => node(rank, '127.0.0.1')),
    )
    for (const { from, span } of seats) expect(from >= 20_000 && from + span <= 32_000).toBe(true)
    const begins = seats.map(({ from }) => from)
    expect(new Set(begins).size).toBe(8)
  }
})

test('many cores need many ports', () => {
  expect(seatsOf('c', [node(0, '10.0.0.1', 'm', 224)])[0]!.span).toBeGreaterThan(224 + 20)
})

test('a node that was reached through a tunnel cannot be joined with others, and is named', () => {
  expect(() => seatsOf('c', [node(0, '10.0.0.1', 'a'), node(1, '127.0.0.1', 'b')])).toThrow(/cannot reach each other · host1/)
  expect(() => seatsOf('c', [node(0, '127.0.0.1', 'a'), node(1, '127.0.0.1', 'b')])).toThrow(/cannot reach each other/)
  expect(seatsOf('c', [node(0, null, 'a')])[0]!.ip).toBe('127.0.10.1')
})

test.each([
  ['NVIDIA H100 80GB HBM3', 'H100'],
  ['NVIDIA A100-SXM4-80GB', 'A100-80GB'],
  ['NVIDIA A100-SXM4-40GB', 'A100'],
  ['Tesla V100-SXM2-32GB', 'V100-32GB'],
  ['Tesla T4', 'T4'],
  ['NVIDIA GeForce RTX 4090', 'RTX4090'],
  ['NVIDIA GeForce RTX 3090 Ti', 'RTX3090-Ti'],
  ['NVIDIA L40S', 'L40S'],
  ['NVIDIA GH200 480GB', 'GH200'],
])('%s is asked for as %s', (gpu, name) => expect(acceleratorName(gpu)).toBe(name))

test.each([
  ['ray.disk-full', 'error: No space left on device (os error 28)'],
  ['ray.no-venv', 'ensurepip is not available.  On Debian/Ubuntu systems, you need to install the python3-venv'],
  ['ray.no-such-version', '  × No solution found when resolving dependencies:'],
  ['ray.no-such-version', 'ERROR: No matching distribution found for ray[default]==9.9.9'],
  ['ray.index-unreachable', 'error: Failed to fetch: `https://pypi.org/simple/ray/`'],
  ['ray.versions-differ', 'RuntimeError: Version mismatch: The cluster was started with: Ray: 2.60.0 Python: 3.11.7'],
  ['ray.head-unreachable', '10.0.0.1:20000 cannot be reached from here: timed out'],
  ['ray.failed', 'something else'],
])('%s is known by what is said', (code, line) => {
  expect(refusal('gpu0', ['begun', line]).data).toMatchObject({ code, where: 'gpu0', why: line.trim() })
})
