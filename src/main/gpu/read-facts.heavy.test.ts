import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { readFacts } from './read-facts.ts'

const ROOT = join(import.meta.dirname, '../../..')
const STAND_IN = join(ROOT, 'e2e/substrate/nvidia-smi')

test('a wedged nvidia-smi costs 20 s and the GPUs, nothing else', { timeout: 60_000 }, async () => {
  vi.stubEnv('NVIDIA_SMI_CAPTURE', join(STAND_IN, 'captures/hang'))
  vi.stubEnv('PATH', `${STAND_IN}:${process.env.PATH}`)
  const transport = openLocalTransport()
  const { facts, complete } = await readFacts(transport, join(ROOT, 'resources'), new AbortController().signal)
  expect(complete).toBe(false)
  expect(facts).toMatchObject({ cores: expect.any(Number), gpus: [], gpuProblem: 'nvidia-smi did not answer in time.' })
  await transport.close() // waits for all that it started
})
