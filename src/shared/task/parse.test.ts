import { expect, test } from 'vitest'
import { parseTasks } from './parse.ts'
import type { Task } from './task.ts'

function only(yaml: string): Task {
  const { tasks, problems } = parseTasks(yaml)
  expect(problems).toEqual([])
  expect(tasks).toHaveLength(1)
  return tasks[0]!.task
}

const resources = (yaml: string) => only(`run: x\nresources:\n${yaml}\n`).resources
const first = (yaml: string) => resources(yaml)[0]!

test('a task with everything that is honoured', () => {
  expect(
    only(`# fine-tune
name: finetune-8b
workdir: ~/work
num_nodes: 2
resources:
  infra: aws/us-east-1
  accelerators: H100:8
  cpus: 8+
  memory: 16GB+
  disk_size: 1TB
  use_spot: true
  autostop: 1h
envs:
  MODEL: llama
  BATCH: 64
secrets:
  HF_TOKEN: null
file_mounts:
  /data: ~/data
setup: |
  pip install x
run: |
  python train.py
`),
  ).toEqual({
    name: 'finetune-8b',
    workdir: '~/work',
    numNodes: 2,
    resources: [
      {
        infra: 'aws/us-east-1',
        accelerators: [{ name: 'H100', count: 8 }],
        cpus: { value: 8, atLeast: true },
        memory_GB: { value: 16, atLeast: true },
        disk_GB: 1024,
        useSpot: true,
      },
    ],
    envs: { MODEL: 'llama', BATCH: '64' },
    secrets: { HF_TOKEN: null },
    fileMounts: { '/data': '~/data' },
    setup: 'pip install x\n',
    run: 'python train.py\n',
    autostop: { idle_minutes: 60, down: false },
  })
})

test('a task that says only what to run asks for nothing', () => {
  expect(only('run: echo\n')).toMatchObject({
    numNodes: 1,
    resources: [{ infra: null, accelerators: [], cpus: null, memory_GB: null, disk_GB: null, useSpot: false }],
    autostop: null,
  })
})

test.each([
  ['A100:8', [{ name: 'A100', count: 8 }]],
  ['A100', [{ name: 'A100', count: 1 }]],
  ['{A100: 8}', [{ name: 'A100', count: 8 }]],
  [
    '{A100:8, V100:4}',
    [
      { name: 'A100', count: 8 },
      { name: 'V100', count: 4 },
    ],
  ],
  [
    '[A100-80GB:8, V100]',
    [
      { name: 'A100-80GB', count: 8 },
      { name: 'V100', count: 1 },
    ],
  ],
  ['\n    A100: 8', [{ name: 'A100', count: 8 }]],
  ['\n    A100:8: null', [{ name: 'A100', count: 8 }]],
  [
    '\n    - A100\n    - H100:2',
    [
      { name: 'A100', count: 1 },
      { name: 'H100', count: 2 },
    ],
  ],
])('accelerators: %s', (written, accelerators) => expect(first(`  accelerators: ${written}`).accelerators).toEqual(accelerators))

test.each([
  ['16', { value: 16, atLeast: false }],
  ['16+', { value: 16, atLeast: true }],
  ['"16"', { value: 16, atLeast: false }],
  ['16GB+', { value: 16, atLeast: true }],
  ['512MB', { value: 0.5, atLeast: false }],
  ['1tb', { value: 1024, atLeast: false }],
  ['1.5', { value: 1.5, atLeast: false }],
])('memory: %s', (written, amount) => expect(first(`  memory: ${written}`).memory_GB).toEqual(amount))

test.each([
  ['256', 256],
  ['1TB', 1024],
  ['1500MB', 1],
])('disk_size: %s', (written, GB) => expect(first(`  disk_size: ${written}`).disk_GB).toBe(GB))

test.each([
  ['true', { idle_minutes: 5, down: false }],
  ['yes', { idle_minutes: 5, down: false }],
  ['false', null],
  ['10', { idle_minutes: 10, down: false }],
  ['10m', { idle_minutes: 10, down: false }],
  ['1H', { idle_minutes: 60, down: false }],
  ['2d', { idle_minutes: 2880, down: false }],
  ['{idle_minutes: 0, down: true}', { idle_minutes: 0, down: true }],
  ['{down: true}', { idle_minutes: 5, down: true }],
])('autostop: %s', (written, autostop) => expect(only(`run: x\nresources:\n  autostop: ${written}\n`).autostop).toEqual(autostop))

test.each([
  ['infra: aws', 'aws'],
  ['infra: k8s/arn:aws:eks/my/context', 'k8s/arn:aws:eks/my/context'],
  ['infra: "*"', null],
  ['infra: "*/us-east-1"', '*/us-east-1'],
  ['infra: AWS/us-east-1', 'AWS/us-east-1'],
  ['cloud: aws', 'aws'],
  ['cloud: aws\n  region: us-east-1', 'aws/us-east-1'],
  ['region: us-east-1', '*/us-east-1'],
  ['cloud: aws\n  zone: us-east-1a', 'aws/*/us-east-1a'],
])('%s', (written, infra) => expect(first(`  ${written}`).infra).toBe(infra))

test('candidates take over what stands beside them, and win over it', () => {
  const list = resources('  cpus: 4\n  infra: k8s\n  ordered:\n    - infra: aws\n      accelerators: H100\n    - cpus: 8+')
  expect(list).toMatchObject([
    { infra: 'aws', accelerators: [{ name: 'H100', count: 1 }], cpus: { value: 4 } },
    { infra: 'k8s', accelerators: [], cpus: { value: 8, atLeast: true } },
  ])
})

test('values of variables are text, numbers as they are written, truth as SkyPilot hands it on', () => {
  const yaml = 'run: x\nenvs: {A: 010, B: 1e-4, C: true, D: off, E: "yes", F: "", G: null, H: ~, I: , J: 1.0, K: "~", L: 1_000}\n'
  expect(only(yaml).envs).toEqual({
    ...{ A: '010', B: '1e-4', C: 'True', D: 'False', E: 'yes', F: '', G: null, H: null, I: null, J: '1.0', K: '~', L: '1_000' },
  })
})

test('several documents: the first may only name them, empty ones do not count', () => {
  const yaml = '---\n# nothing\n---\nname: all\n---\nname: a\nrun: x\n---\n---\nname: b\nrun: y\n...\n'
  const { tasks, problems } = parseTasks(yaml)
  expect(problems).toEqual([])
  expect(tasks.map(({ task }) => task.name)).toEqual(['a', 'b'])
  for (const { task, from, to } of tasks) expect(yaml.slice(from, to).match(/name: \w+/g)).toEqual([`name: ${task.name}`])
})

test('comments at the head belong to their task', () => {
  const { tasks } = parseTasks('# one\nname: a\nrun: x\n---\n# two\nname: b\nrun: y\n')
  expect(tasks.map(({ from, to }) => [from, to])).toEqual([
    [0, 21],
    [21, 46],
  ])
})

test('one document with only a name is a task with nothing to run, not a head', () => {
  expect(parseTasks('name: a\n').problems).toMatchObject([{ code: 'task.nothing-to-run' }])
})

test('anchors, aliases and merged maps are read', () => {
  const task = only(
    'resources: &r\n  cpus: 4\n  any_of:\n    - &a {infra: aws}\n    - {<<: *a, memory: 8}\nenvs: {X: &x hello, Y: *x}\nrun: *x\n',
  )
  expect(task.envs).toEqual({ X: 'hello', Y: 'hello' })
  expect(task.run).toBe('hello')
  expect(task.resources[1]).toMatchObject({ infra: 'aws', memory_GB: { value: 8 }, cpus: { value: 4 } })
})

test('nothing, white space and comments are no task and no problem', () => {
  for (const yaml of ['', '\n\n', '# only\n', '---\n', '\ufeff', '\r\n'])
    expect(parseTasks(yaml)).toEqual({ tasks: [], problems: [] })
})

test('a byte order mark and Windows line ends are read', () => {
  expect(only('\ufeffname: a\r\nrun: |\r\n  one\r\n  two\r\n')).toMatchObject({ name: 'a', run: 'one\ntwo\n' })
})

const BOMB = `envs:
  A: &a [x, x, x, x, x, x, x, x, x, x]
resources:
  any_of: &b
    - &c {<<: [${'*d, '.repeat(50)}*d]}
`

test.each([
  ['aliases of aliases', `run: x\nresources: &a0\n  any_of:\n${bomb(30)}`],
  ['an alias within itself', 'run: x\nresources: &r\n  any_of:\n    - <<: *r\n      cpus: 1\n'],
  ['unknown aliases', BOMB],
  ['a million brackets', '['.repeat(1_000_000)],
  ['a hundred thousand brackets less', '['.repeat(90_000)],
  ['many commas', `[${','.repeat(900_000)}`],
  ['many documents', '---\nrun: x\n'.repeat(10_000)],
  ['many keys', `run: x\nenvs:\n${Array.from({ length: 60_000 }, (_, i) => `  A${i}: 1\n`).join('')}`],
  ['2 MB', `run: |\n${'  echo\n'.repeat(300_000)}`],
  ['many unknown keys', Array.from({ length: 9_000 }, (_, i) => `k${i}: 1\n`).join('')],
])('%s end with a problem, soon', (_, yaml) => {
  const began = performance.now()
  const { problems } = parseTasks(yaml)
  expect(problems.length).toBeGreaterThan(0)
  expect(problems.length).toBeLessThanOrEqual(200)
  expect(performance.now() - began).toBeLessThan(5000) // seconds would be felt; a machine under load takes longer
})

/** Each map merges the one before it twice. */
function bomb(depth: number): string {
  const lines = ['    - &m0 {cpus: 1}']
  for (let i = 1; i < depth; i += 1) lines.push(`    - &m${i} {<<: [*m${i - 1}, *m${i - 1}]}`)
  return `${lines.join('\n')}\n`
}

test('a task does not reach beyond the text', () => {
  const text = "file_mounts: {/data: ~/data}{run: |\n  echo 'it''s'\n"
  expect(parseTasks(text).tasks).toMatchObject([{ from: 0, to: text.length }])
})

test('a script of nearly a megabyte is read', () => {
  const task = only(`run: |\n${'  echo hello world\n'.repeat(50_000)}`)
  expect(task.run).toHaveLength(17 * 50_000)
})

test('hostile names harm nothing', () => {
  const task = only('run: x\nenvs: {constructor: a, toString: b, hasOwnProperty: c}\n')
  expect(Object.keys(task.envs)).toEqual(['constructor', 'toString', 'hasOwnProperty'])
  expect(parseTasks('__proto__: {a: b}\nconstructor: x\nrun: x\n').problems.map(({ code }) => code)).toEqual([
    'task.unknown-key',
    'task.unknown-key',
  ])
  expect(({} as Record<string, unknown>).a).toBeUndefined()
})
