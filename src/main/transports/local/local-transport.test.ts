import { expect, test } from 'vitest'
import { transportConformance } from '../conformance.ts'
import { createConnections } from '../connections.ts'
import { userEnvironment } from './environment.ts'
import { openLocalTransport } from './local-transport.ts'

transportConformance('this machine', async () => openLocalTransport())

test('a shell does not inherit what npm and Electron put into the environment', () => {
  const env = userEnvironment({
    HOME: '/home/ada',
    PATH: '/app/node_modules/.bin:/node_modules/.bin:/usr/lib/node_modules/npm/node-gyp-bin:/usr/bin:/home/ada/bin',
    npm_lifecycle_event: 'start',
    npm_config_cache: '/x',
    ELECTRON_RUN_AS_NODE: '1',
    INIT_CWD: '/app',
    NODE_ENV: 'production',
    LANG: 'en_US.UTF-8',
  })
  expect(env).toEqual({ HOME: '/home/ada', PATH: '/usr/bin:/home/ada/bin', LANG: 'en_US.UTF-8' })
})

test('connections share a transport, and closing them ends what runs over it', async () => {
  const connections = createConnections()
  const transport = connections.transport({ via: 'local' })
  expect(connections.transport({ via: 'local' })).toBe(transport)
  const child = await transport.exec(['sleep', '600'], { signal: new AbortController().signal })
  await connections.close()
  expect((await child.exit).signal).toBe('SIGTERM')
})
