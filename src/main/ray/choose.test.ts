import { expect, test } from 'vitest'
import { StyxError } from '../../shared/error.ts'
import { asksForToken, choose, compareVersions, lowest } from './choose.ts'
import { type Look, parseLook } from './look.ts'

const look = (minors: string[], wheels: [string, string][] | null = [], system = 'Linux'): Look => ({
  system,
  pythons: minors.map((minor) => ({ minor, version: `${minor}.7`, path: `/usr/bin/python${minor}` })),
  wheels: wheels === null ? null : wheels.map(([version, minor]) => ({ version, minor })),
})
const on = (...looks: Look[]) => looks.map((one, i) => ({ name: `gpu${i}`, look: one }))
const wish = { version: null, wheels: null }
function refused(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (error instanceof StyxError) return error.data
  }
  throw new Error('it was not refused')
}

test('the Python that all have is taken: the head’s usual one, else the newest', () => {
  expect(choose(on(look(['3.11', '3.12']), look(['3.12', '3.11'])), wish, null)).toEqual({ python: '3.11', version: null })
  expect(choose(on(look(['3.8', '3.10', '3.12']), look(['3.12', '3.10'])), wish, null)).toEqual({ python: '3.12', version: null })
  expect(choose(on(look(['3.11'])), { ...wish, version: '2.55.1' }, null)).toEqual({ python: '3.11', version: '2.55.1' })
})

test('what the cluster has already is kept', () => {
  const kept = { python: '3.11', version: '2.59.0' }
  expect(choose(on(look(['3.12', '3.11'])), wish, kept)).toEqual(kept)
})

test('nodes that differ are named, with what each has', () => {
  const error = refused(() => choose(on(look(['3.11']), look(['3.9', '3.12'])), wish, null))
  expect(error).toMatchObject({ code: 'ray.pythons-differ', where: 'gpu0, gpu1' })
  expect(error.why).toBe('gpu0 has Python 3.11.\ngpu1 has Python 3.9, 3.12.')
})

test('a node without a Python that will do is told what to do', () => {
  const error = refused(() => choose(on(look(['3.11']), look([]), look(['3.8'])), wish, null))
  expect(error).toMatchObject({ code: 'ray.no-python', where: 'gpu1, gpu2' })
  expect(error.why).toBe('gpu1 has no Python 3.\ngpu2 has Python 3.8.7 only.')
  expect(error.suggestion).toMatch(/apt-get install.*uv python install/)
})

test('another system is refused by its name', () => {
  expect(refused(() => choose(on(look(['3.12'], [], 'Darwin')), wish, null))).toMatchObject({ code: 'ray.system', where: 'gpu0' })
})

test('of wheels the newest Ray that all nodes have, for a Python that all have', () => {
  const offline = { version: null, wheels: '/w' }
  const both: [string, string][] = [
    ['2.59.0', '3.11'],
    ['2.60.0', '3.11'],
    ['2.60.0', '3.12'],
  ]
  expect(choose(on(look(['3.11'], both), look(['3.12', '3.11'], both)), offline, null)).toEqual({
    python: '3.11',
    version: '2.60.0',
  })
  expect(choose(on(look(['3.11'], both), look(['3.11'], [['2.59.0', '3.11']])), offline, null).version).toBe('2.59.0')
  expect(refused(() => choose(on(look(['3.11'], both), look(['3.11'], null)), offline, null))).toMatchObject({
    code: 'ray.no-wheels',
    where: 'gpu1',
  })
  const missing = refused(() => choose(on(look(['3.10'], both)), { ...offline, version: '2.60.0' }, null))
  expect(missing).toMatchObject({ code: 'ray.version-missing', where: '/w' })
  expect(missing.why).toContain('ray 2.60.0 for 3.12, Python 3.10')
})

test('versions are compared by numbers, and what comes before a release is lower', () => {
  expect(lowest(['2.60.0', '2.9.3', '2.51.2'])).toBe('2.9.3')
  expect(compareVersions('2.60.0rc1', '2.60.0')).toBeLessThan(0)
  expect(asksForToken('2.51.2')).toBe(false)
  expect(asksForToken('2.52.0')).toBe(true)
})

test('what a node says is read: each minor once, wheels of Ray alone, noise of a profile passed over', () => {
  const text = [
    'Welcome!',
    'system Linux',
    'python 3.11.2 /usr/bin/python3',
    'python 3.11.2 /usr/bin/python3.11',
    'python 3.9.1 /opt/conda/bin/python3',
    'wheel ray-2.60.0-cp311-cp311-manylinux2014_x86_64.whl',
    'wheel ray-2.60.0-nonsense.whl',
    'end',
  ].join('\n')
  expect(parseLook(text)).toEqual({
    system: 'Linux',
    pythons: [
      { version: '3.11.2', minor: '3.11', path: '/usr/bin/python3' },
      { version: '3.9.1', minor: '3.9', path: '/opt/conda/bin/python3' },
    ],
    wheels: [{ version: '2.60.0', minor: '3.11' }],
  })
  expect(parseLook('system Linux\nno-wheels\nend').wheels).toBeNull()
  expect(refused(() => parseLook('system Linux'))).toMatchObject({ code: 'ray.look-unreadable' })
})
