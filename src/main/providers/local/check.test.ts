import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLocalTransport } from '../../transports/local/local-transport.ts'
import { checkLocal } from './check.ts'

const place = { id: 'this-machine', kind: 'local' as const, name: 'This machine', settings: {} }
const access = () => ({
  transport: openLocalTransport(),
  resources: join(import.meta.dirname, '../../../../resources'),
  signal: new AbortController().signal,
})

test('Windows: says plainly what does not work, and the way out', async () => {
  const health = await checkLocal(place, access(), 'win32')
  expect(health).toMatchObject({ usable: false, machine: null, findings: [{ level: 'problem', command: 'wsl --install' }] })
})

test('a machine without a shell is a finding, not a crash', async () => {
  const { transport, ...rest } = access()
  const without = { ...transport, exec: () => transport.exec(['styx-no-such-shell'], { signal: rest.signal }) }
  const health = await checkLocal(place, { transport: without, ...rest }, 'linux')
  expect(health).toMatchObject({
    usable: false,
    machine: null,
    findings: [{ level: 'problem', what: 'styx-no-such-shell is not installed' }],
  })
})
