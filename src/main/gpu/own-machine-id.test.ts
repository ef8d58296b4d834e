import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { ownMachineId } from './own-machine-id.ts'
import { readFacts } from './read-facts.ts'

test.skipIf(process.platform !== 'linux')('it is the id that the facts have', async () => {
  const resources = join(import.meta.dirname, '../../../resources')
  const { facts } = await readFacts(openLocalTransport(), resources, AbortSignal.timeout(20_000))
  expect(await ownMachineId()).toBe(facts.machineId)
})
