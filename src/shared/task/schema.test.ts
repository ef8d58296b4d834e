import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseTasks } from './parse.ts'
import { pipelineKeys, type SchemaKey, type SchemaKeys, taskKeys } from './schema.ts'

type Path = string[]

/** Every key, at every level, with the way to it; `[]` stands for a list or for a name of the user's own. */
function everyKey(keys: SchemaKeys, path: Path = []): [path: Path, key: SchemaKey][] {
  return Object.entries(keys).flatMap(([name, key]) => [
    [[...path, name], key] as [Path, SchemaKey],
    ...everyKey(key.keys ?? {}, [...path, name]),
    ...everyKey(key.items ?? {}, [...path, name, '[]']),
  ])
}

/** A right value for each key that is honoured. */
const right: Record<string, unknown> = {
  name: 'a',
  workdir: '~/a',
  url: 'https://github.com/ada/code.git',
  ref: 'main',
  num_nodes: 2,
  resources: { cpus: 1 },
  envs: { A: '1' },
  secrets: { A: null },
  file_mounts: { '/data': '~/data' },
  setup: 'true',
  run: 'true',
  infra: 'aws/us-east-1',
  cloud: 'aws',
  region: 'us-east-1',
  zone: 'us-east-1a',
  accelerators: 'A100:8',
  cpus: '8+',
  memory: '16GB+',
  disk_size: '1TB',
  use_spot: true,
  autostop: '1h',
  idle_minutes: 10,
  down: true,
  any_of: [{ infra: 'aws' }],
  ordered: [{ infra: 'aws' }],
}

/** The smallest task that has this key. */
function taskWith(path: Path): string {
  const value = path.at(-1)! in right ? right[path.at(-1)!] : 'x'
  const at = path.reduceRight<unknown>((inner, name, i) => {
    if (name !== '[]') return { [name]: inner }
    return ['file_mounts', 'volumes'].includes(path[i - 1]!) && path.length > i && path[0] !== 'resources'
      ? { '/data': inner }
      : [inner]
  }, value)
  if (path[0] === 'workdir' && path[1] === 'ref') Object.assign((at as { workdir: object }).workdir, { url: right.url })
  return stringify({ ...(at as object), ...(path[0] === 'run' ? {} : { run: 'true' }) })
}

const keys = everyKey(taskKeys)
const isHonoured = (path: Path) =>
  path.every((_, i) => keys.find(([p]) => p.join('.') === path.slice(0, i + 1).join('.'))?.[1].notYet === undefined)

test.each(keys.map(([path, key]) => ({ key: path.join('.'), path, notYet: key.notYet })))(
  '$key is honoured, or refused by name',
  ({ path }) => {
    const { problems } = parseTasks(taskWith(path))
    if (isHonoured(path)) {
      expect(problems).toEqual([])
      return
    }
    // What stands in something that is refused is refused with it.
    const refusedAt = path.findIndex((_, i) => !isHonoured(path.slice(0, i + 1)))
    const [name, key] = [path[refusedAt]!, keys.find(([p]) => p.join('.') === path.slice(0, refusedAt + 1).join('.'))![1]]
    expect(problems).toMatchObject([{ code: 'task.not-yet', message: `\`${name}\` is refused: ${key.notYet}` }])
  },
)

test.each(Object.keys(pipelineKeys))('%s in the head of several documents is honoured, or refused by name', (name) => {
  const { tasks, problems } = parseTasks(`${name}: x\n---\nrun: a\n---\nrun: b\n`)
  expect(tasks.map(({ task }) => task.run)).toEqual(['a', 'b'])
  expect(problems.map(({ code }) => code)).toEqual(name === 'name' ? [] : ['task.not-yet'])
})

test('what is honoured, by name: a change of this list is a change of what Styx can do', () => {
  const honoured = keys.filter(([path]) => isHonoured(path)).map(([path]) => path.join('.'))
  expect(honoured.filter((key) => !/\[\]/.test(key))).toEqual(
    [
      'name',
      'workdir',
      'workdir.url',
      'workdir.ref',
      'num_nodes',
      'resources',
      ...['infra', 'cloud', 'region', 'zone', 'accelerators', 'cpus', 'memory', 'disk_size', 'use_spot', 'autostop'].map(
        (key) => `resources.${key}`,
      ),
      'resources.autostop.idle_minutes',
      'resources.autostop.down',
      'resources.any_of',
      'resources.ordered',
      'envs',
      'secrets',
      'file_mounts',
      'setup',
      'run',
    ].sort((a, b) => honoured.indexOf(a) - honoured.indexOf(b)),
  )
  expect(keys.length).toBeGreaterThan(200)
})
