import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Job, type JobRequest, jobHasEnded } from '../../shared/job.ts'
import type { LogLine } from '../../shared/log.ts'
import { type Engine, openEngine } from '../engine.ts'

// Jobs over the whole engine, with the real local provider in a home of its own.

let home: string
let realHome: string | undefined
let engine: Engine
let atPoint: (point: string) => void
let clusterId: string
const stateFolder = () => join(home, '.styx')
const client = () => createRouterClient(engine.router, { context: { host: 'web' } })

const open = async () => {
  engine = await openEngine({
    stateFolder: stateFolder(),
    resources: resolve('resources'),
    version: '0',
    atPoint: (point) => atPoint(point),
  })
}
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'styx-jobs-'))
  mkdirSync(stateFolder(), { mode: 0o700 })
  realHome = process.env.HOME
  process.env.HOME = home
  atPoint = () => {}
  await open()
  clusterId = await launch('jobs')
})
afterEach(async () => {
  for (const job of await client().jobs.list({ limit: 100 }))
    if (!jobHasEnded(job.state)) await client().jobs.cancel({ jobId: job.id })
  await vi.waitFor(
    async () => expect((await client().jobs.list({ limit: 100 })).every(({ state }) => jobHasEnded(state))).toBe(true),
    {
      timeout: 15_000,
    },
  )
  await engine.close()
  process.env.HOME = realHome
  rmSync(home, { recursive: true, force: true })
})

async function launch(name: string, job?: JobRequest): Promise<string> {
  const [offer] = await client().places.offers({ placeId: 'this-machine' })
  const launched = await client().clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name, job })
  await vi.waitFor(
    async () => expect((await client().operations.list({ clusterId: launched.clusterId })).at(-1)?.state).toBe('done'),
    {
      timeout: 10_000,
    },
  )
  return launched.clusterId
}
const submit = async (yaml: string, more: Partial<JobRequest> = {}): Promise<string> =>
  (await client().jobs.submit({ clusterId, job: { yaml, ...more } })).jobId
const read = (jobId: string): Promise<Job> => client().jobs.read({ jobId })
const reaches = async (jobId: string, ...states: Job['state'][]): Promise<Job> => {
  await vi.waitFor(async () => expect(states).toContain((await read(jobId)).state), { timeout: 20_000, interval: 20 })
  return read(jobId)
}
const ends = (jobId: string) => reaches(jobId, 'SUCCEEDED', 'FAILED', 'FAILED_SETUP', 'FAILED_DRIVER', 'CANCELLED')
/** Its whole log, once that is complete. */
const logOf = async (jobId: string): Promise<LogLine[]> => {
  const log = `job:${jobId}`
  await vi.waitFor(async () => expect((await client().logs.info({ log, streams: null })).live).toBe(false), { timeout: 20_000 })
  const lines: LogLine[] = []
  for (;;) {
    const next = await client().logs.lines({ log, streams: null, from: lines.length, count: 2000 })
    if (next.length === 0) return lines
    lines.push(...next)
  }
}
const texts = async (jobId: string, stream: string) =>
  (await logOf(jobId)).flatMap((line) => (line.stream === stream ? [line.text] : []))
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (e: unknown) => e as { data: unknown },
  )
  return error?.data
}
const nodeFolder = () => {
  const base = join(home, '.styx-node')
  return join(base, String(readdirSync(base, { recursive: true }).find((path) => String(path).split('/').length === 3)))
}
const events = async () => (await client().events.list({ limit: 100 })).map(({ text }) => text)

test('a job: its states, its log apart by stream, its number, its events', async () => {
  const jobId = await submit('name: train\nsetup: echo prepared\nrun: |\n  echo hello\n  echo oh >&2\n')
  const job = await ends(jobId)
  expect(job).toMatchObject({ state: 'SUCCEEDED', number: 1, name: 'train', exitCode: 0, gpusPerNode: null, clusterName: 'jobs' })
  expect(job.submittedBy).toMatch(/.@./)
  expect(job.setupAt).toBeLessThanOrEqual(job.runAt as number)
  expect(job.runAt).toBeLessThanOrEqual(job.endedAt as number)
  expect(await texts(jobId, 'r0.out')).toEqual(['prepared', 'hello'])
  expect(await texts(jobId, 'r0.err')).toEqual(['oh'])
  expect((await events()).filter((text) => text.startsWith('Job'))).toEqual([
    expect.stringMatching(/^Job 1 \(train\) succeeded after/),
    'Job 1 (train) submitted',
  ])
})

test.each([
  ['runn: x', 'task.invalid', 'line 1, column 1: runn'],
  ['', 'task.no-document', 'document 1'],
  ['run: x\nenvs: {A: null}', 'task.value-missing', 'envs'],
  ['run: x\nsecrets: {A: null}', 'task.value-missing', 'secrets'],
  ['run: x\nworkdir: /styx/no/such', 'job.workdir-missing', '/styx/no/such'],
  ['run: x\nworkdir: /etc/passwd', 'job.workdir-missing', '/etc/passwd'],
  ['run: x\nfile_mounts: {/x: /styx/no/such}', 'job.file-missing', '/styx/no/such'],
  ['run: x\nnum_nodes: 2', 'job.too-many-nodes', 'num_nodes'],
  ['run: x\nresources: {accelerators: H100:8}', 'job.gpus-missing', 'resources.accelerators'],
])('%j is refused with what is wrong, and nothing is written', async (yaml, code, where) => {
  expect(await refusal(submit(yaml))).toMatchObject({ code, where, suggestion: expect.stringMatching(/./) })
  expect(await client().jobs.list({ limit: 10 })).toEqual([])
  const [offer] = await client().places.offers({ placeId: 'this-machine' })
  const launched = client().clusters.launch({ placeId: 'this-machine', offerId: offer!.id, name: 'other', job: { yaml } })
  expect(await refusal(launched)).toMatchObject({ code })
  expect(await client().clusters.list()).toHaveLength(1)
})

test('a cluster that is stopped takes no job', async () => {
  await client().clusters.stop({ clusterId })
  await vi.waitFor(async () => expect((await client().clusters.read({ clusterId })).state.is).toBe('stopped'), {
    timeout: 10_000,
  })
  expect(await refusal(submit('run: x'))).toMatchObject({ code: 'job.cluster-not-ready', suggestion: 'Start it first.' })
})

test('values of envs and secrets reach it; those of secrets stand nowhere else', async () => {
  const secret = `s3cret-${Math.random()}`
  const inFile = `s3cret-${Math.random()}`
  const yaml = `# mine\nenvs: {A: one, B: null}\nsecrets: {S: null, T: ${inFile}}\nrun: echo "$A $B" \${#S} \${#T}\n`
  const jobId = await submit(yaml, { envs: { B: "it's" }, secrets: { S: secret } })
  await ends(jobId)
  expect(await texts(jobId, 'r0.out')).toEqual([`one it's ${secret.length} ${inFile.length}`])
  expect((await client().jobs.task({ jobId })).yaml).toBe(yaml.replace(inFile, 'null'))
  await engine.close()
  const holding = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((file) => {
      const text = readFileSync(join(file.parentPath, file.name), 'latin1')
      return text.includes(secret) || text.includes(inFile)
    })
  expect(holding.map((file) => file.name)).toEqual([])
  await open()
})

test('the second of two documents', async () => {
  const jobId = await submit('name: a\nrun: echo a\n---\nname: b\nrun: echo b\n', { document: 1 })
  expect((await ends(jobId)).name).toBe('b')
  expect(await texts(jobId, 'r0.out')).toEqual(['b'])
  const { yaml } = await client().jobs.task({ jobId })
  expect(yaml).toContain('echo b')
  expect(yaml).not.toContain('echo a')
})

test('a second job waits, and is cancelled; the first is cancelled while it runs', async () => {
  const first = await submit('run: echo begun; sleep 600')
  const second = await submit('run: echo never')
  await reaches(second, 'PENDING')
  await reaches(first, 'RUNNING')
  await client().jobs.cancel({ jobId: second })
  expect(await ends(second)).toMatchObject({ state: 'CANCELLED', runAt: null, cancelledAt: expect.any(Number) })
  expect(await logOf(second)).toEqual([])
  await client().jobs.cancel({ jobId: first })
  expect((await ends(first)).state).toBe('CANCELLED')
  expect(await texts(first, 'r0.out')).toEqual(['begun'])
  expect(await refusal(client().jobs.cancel({ jobId: first }))).toMatchObject({ code: 'job.ended' })
})

test.each([
  ['exit 3', 'FAILED', 3, null],
  ['styx-no-such-command', 'FAILED', 127, 'job.exit-127'],
  ['kill -9 $$', 'FAILED', 137, 'job.exit-137'],
])('run: %s', async (run, state, exitCode, code) => {
  const job = await ends(await submit(`run: ${run}`))
  expect(job).toMatchObject({ state, exitCode })
  expect(job.error?.code ?? null).toBe(code)
})

test('binary output, a line without end, closed streams', async () => {
  const jobId = await submit(
    'run: |\n  head -c 100000 /dev/urandom\n  echo\n  printf unfinished >&2\n  exec >&- 2>&-\n  sleep 0.2\n',
  )
  const job = await ends(jobId)
  await logOf(jobId)
  const info = await client().logs.info({ log: `job:${jobId}`, streams: null })
  expect(job.state).toBe('SUCCEEDED')
  expect(info.streams.map(({ name, bytes }) => [name, bytes]).sort()).toEqual([
    ['r0.err', 10],
    ['r0.out', 100_001],
  ])
  expect([info.gaps, job.logProblem]).toEqual([[], null])
  expect(await texts(jobId, 'r0.err')).toEqual(['unfinished'])
})

test('it runs on while Styx is closed; afterwards not one line is missing or double, in the next job neither', async () => {
  const jobId = await submit('run: for i in $(seq 1 400); do echo line $i; echo err $i >&2; sleep 0.01; done')
  const next = await submit('run: echo second')
  await vi.waitFor(
    async () => expect((await client().logs.info({ log: `job:${jobId}`, streams: null })).lines).toBeGreaterThan(50),
    {
      timeout: 15_000,
    },
  )
  await engine.close()
  await open()
  await vi.waitFor(
    async () => expect((await client().logs.info({ log: `job:${jobId}`, streams: null })).lines).toBeGreaterThan(300),
    {
      timeout: 15_000,
    },
  )
  await engine.close()
  const ended = join(nodeFolder(), 'jobs', next, 'exit')
  await vi.waitFor(() => expect(existsSync(ended)).toBe(true), { timeout: 20_000 }) // the next one needs nobody either
  await open()
  expect((await ends(next)).state).toBe('SUCCEEDED')
  expect(await texts(jobId, 'r0.out')).toEqual(Array.from({ length: 400 }, (_, i) => `line ${i + 1}`))
  expect(await texts(jobId, 'r0.err')).toEqual(Array.from({ length: 400 }, (_, i) => `err ${i + 1}`))
  expect(await texts(next, 'r0.out')).toEqual(['second'])
  const lines = (await logOf(jobId)).filter(({ stream }) => stream === 'r0.out')
  const job = await read(jobId)
  // To the second, also what was written while nobody looked.
  for (const { at } of lines) {
    expect(at).toBeGreaterThan((job.runAt as number) - 1_000)
    expect(at).toBeLessThan((job.endedAt as number) + 2_000)
  }
  expect(new Set(lines.map(({ at }) => Math.floor(at / 1000))).size).toBeGreaterThan(2)
}, 60_000)

test('its workdir and files go along, without what .gitignore names', async () => {
  const source = join(home, 'project')
  mkdirSync(join(source, 'deep'), { recursive: true })
  writeFileSync(join(source, 'train.py'), 'code')
  writeFileSync(join(source, 'deep', 'x.log'), 'no')
  writeFileSync(join(source, '.gitignore'), '*.log\n')
  const yaml = `workdir: ${source}\nfile_mounts: {~/data/weights: ${source}/train.py, extra: ${source}/deep}\nrun: find . -type f | sort; cat ~/data/weights\n`
  const jobId = await submit(yaml)
  expect((await ends(jobId)).state).toBe('SUCCEEDED')
  expect(await texts(jobId, 'r0.out')).toEqual(['./.gitignore', './extra/x.log', './train.py', 'code'])
  expect((await texts(jobId, 'send'))[0]).toMatch(/^Sending .*project to the workdir: 2 files/)
})

test('a repository as workdir is at its ref on the node; one that has no such ref is the job’s failure', async () => {
  const source = join(home, 'repository')
  mkdirSync(source)
  writeFileSync(join(source, 'train.py'), 'code')
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=a@b', ...args], { cwd: source, encoding: 'utf8' }).trim()
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('commit', '-qm', 'one')
  const jobId = await submit(`workdir: {url: file://${source}, ref: main}\nrun: cat train.py; git rev-parse HEAD\n`)
  expect((await ends(jobId)).state).toBe('SUCCEEDED')
  expect(await texts(jobId, 'r0.out')).toEqual([`code${git('rev-parse', 'HEAD')}`])
  expect(await texts(jobId, 'send')).toContain(`At ${git('rev-parse', 'HEAD')}`)
  const job = await ends(await submit(`workdir: {url: file://${source}, ref: none}\nrun: echo never\n`))
  expect(job).toMatchObject({ state: 'FAILED_DRIVER', error: { code: 'files.no-ref' } })
})

test('what cannot be sent is the job’s failure, with its reason', async () => {
  const source = join(home, 'project')
  mkdirSync(source)
  writeFileSync(join(source, 'x'), 'x')
  // A file where the folder should be.
  writeFileSync(join(home, 'taken'), '')
  const job = await ends(await submit(`file_mounts: {~/taken/deep: ${source}}\nrun: echo never\n`))
  expect(job).toMatchObject({ state: 'FAILED_DRIVER', runAt: null })
  expect(job.error).toMatchObject({ code: 'files.refused', retryable: true, detail: expect.stringContaining('taken') })
})

test('cancelled while it is sent: nothing of it begins', async () => {
  const source = join(home, 'project')
  mkdirSync(source)
  writeFileSync(join(source, 'big'), Buffer.alloc(300_000_000))
  const jobId = await submit(`workdir: ${source}\nrun: echo never\n`)
  await client().jobs.cancel({ jobId })
  expect(await ends(jobId)).toMatchObject({ state: 'CANCELLED', runAt: null })
  expect(await texts(jobId, 'r0.out')).toEqual([])
  expect((await ends(await submit('run: echo next'))).state).toBe('SUCCEEDED')
})

test('jobs with accelerators share a node by its GPUs; one without waits until it has it alone', async () => {
  const [path, capture] = [process.env.PATH, process.env.NVIDIA_SMI_CAPTURE]
  process.env.PATH = `${resolve('e2e/substrate/nvidia-smi')}:${path}`
  process.env.NVIDIA_SMI_CAPTURE = resolve('e2e/substrate/nvidia-smi/captures/eight-h100')
  try {
    clusterId = await launch('gpus')
    const run = 'run: echo $CUDA_VISIBLE_DEVICES $SKYPILOT_NUM_GPUS_PER_NODE; while [ ! -e go ]; do sleep 0.1; done'
    const first = await submit(`resources: {accelerators: H100:6}\n${run}`)
    const second = await submit(`resources: {accelerators: {H100: 2}}\n${run}`)
    const alone = await submit('run: echo "[$CUDA_VISIBLE_DEVICES]" $SKYPILOT_NUM_GPUS_PER_NODE')
    await reaches(second, 'RUNNING')
    await reaches(alone, 'PENDING')
    expect(await Promise.all([first, second, alone].map(read))).toMatchObject([
      { state: 'RUNNING', gpusPerNode: 6 },
      { state: 'RUNNING', gpusPerNode: 2 },
      { state: 'PENDING', gpusPerNode: null },
    ])
    const folders = readdirSync(join(home, '.styx-node'), { recursive: true }).map(String)
    writeFileSync(
      join(home, '.styx-node', folders.find((name) => name.includes(clusterId) && name.endsWith('workdir'))!, 'go'),
      '',
    )
    expect((await ends(alone)).state).toBe('SUCCEEDED')
    expect([await texts(first, 'r0.out'), await texts(second, 'r0.out'), await texts(alone, 'r0.out')]).toEqual([
      ['0,1,2,3,4,5 6'],
      ['6,7 2'],
      ['[] 8'],
    ])
    for (const asked of ['A100:1', 'H100:9'])
      expect(await refusal(submit(`resources: {accelerators: ${asked}}\nrun: x`))).toMatchObject({
        code: 'job.gpus-missing',
        why: expect.stringContaining('8 × NVIDIA H100'),
      })
  } finally {
    process.env.PATH = path
    if (capture === undefined) delete process.env.NVIDIA_SMI_CAPTURE
    else process.env.NVIDIA_SMI_CAPTURE = capture
  }
}, 40_000)

test('launch and run in one go, and terminate the cluster when the job has ended', async () => {
  const second = await launch('in-one-go', { yaml: 'run: echo hello; sleep 0.5; exit 1', whenDone: 'terminate' })
  const [job] = await client().jobs.list({ clusterId: second, limit: 1 })
  const [operation] = await client().operations.list({ clusterId: second })
  expect(operation?.steps.at(-1)).toMatchObject({ name: 'submit-job', state: 'done' })
  await vi.waitFor(async () => expect((await client().clusters.read({ clusterId: second })).state.is).toBe('terminated'), {
    timeout: 15_000,
  })
  expect(await read(job!.id)).toMatchObject({ state: 'FAILED', exitCode: 1, logProblem: null })
  expect(await texts(job!.id, 'r0.out')).toEqual(['hello'])
  await client().clusters.forget({ clusterId: second })
  expect((await read(job!.id)).clusterName).toBe('in-one-go')
})

test('terminate when done waits for the others on the cluster, however the job ended', async () => {
  const first = await submit('run: sleep 600', { whenDone: 'terminate' })
  const second = await submit('run: while [ ! -e go ]; do sleep 0.1; done')
  await reaches(second, 'PENDING')
  await client().jobs.cancel({ jobId: first })
  await reaches(second, 'RUNNING')
  await logOf(first)
  expect(await refusal(client().jobs.remove({ jobId: first }))).toMatchObject({
    code: 'job.not-ended',
    why: expect.stringContaining('terminate'),
  })
  expect((await client().clusters.read({ clusterId })).state.is).toBe('ready')
  await engine.close()
  await open()
  writeFileSync(join(nodeFolder(), 'workdir', 'go'), '')
  await vi.waitFor(async () => expect((await client().clusters.read({ clusterId })).state.is).toBe('terminated'), {
    timeout: 15_000,
  })
  expect((await read(second)).state).toBe('SUCCEEDED')
  expect((await events()).filter((text) => text.includes('is to terminate'))).toHaveLength(1)
})

test('cancelled before its cluster is there: it never begins, and the launch goes on', async () => {
  atPoint = (point) => {
    if (point !== 'launch/local.probe/started') return
    atPoint = () => {}
    void client()
      .jobs.list({ limit: 1 })
      .then(([job]) => client().jobs.cancel({ jobId: job!.id }))
  }
  const second = await launch('without', { yaml: 'run: echo never' })
  const [job] = await client().jobs.list({ clusterId: second, limit: 1 })
  expect(job).toMatchObject({ state: 'CANCELLED', runAt: null })
  expect((await client().clusters.read({ clusterId: second })).state.is).toBe('ready')
})

test('a launch that is taken back takes its job with it', async () => {
  atPoint = (point) => {
    if (point !== 'launch/local.verify/before') return
    atPoint = () => {}
    void client()
      .clusters.list()
      .then(async (all) => {
        const { state } = all.find(({ name }) => name === 'taken-back')!
        if (state.is === 'launching') await client().operations.cancel({ operationId: state.operationId, keep: 'nothing' })
      })
  }
  const [offer] = await client().places.offers({ placeId: 'this-machine' })
  const launched = await client().clusters.launch({
    placeId: 'this-machine',
    offerId: offer!.id,
    name: 'taken-back',
    job: { yaml: 'run: echo never' },
  })
  const [job] = await client().jobs.list({ clusterId: launched.clusterId, limit: 1 })
  const ended = await ends(job!.id)
  expect(['CANCELLED', 'FAILED_DRIVER']).toContain(ended.state)
  expect(ended.error?.what).toMatch(/./)
})

test.each(['stop', 'terminate'] as const)('%s ends what runs and what waits; their logs stay', async (how) => {
  const first = await submit('run: for i in $(seq 1 1000); do echo line $i; done; sleep 600')
  const second = await submit('run: echo never')
  await vi.waitFor(async () => expect((await client().logs.info({ log: `job:${first}`, streams: null })).lines).toBe(1000), {
    timeout: 10_000,
  })
  await client().clusters[how]({ clusterId })
  await vi.waitFor(
    async () => expect(['stopped', 'terminated']).toContain((await client().clusters.read({ clusterId })).state.is),
    { timeout: 30_000 },
  )
  for (const jobId of [first, second])
    expect(await read(jobId)).toMatchObject({ state: 'CANCELLED', error: { code: 'job.cluster-ended' }, logProblem: null })
  expect(await texts(first, 'r0.out')).toEqual(Array.from({ length: 1000 }, (_, i) => `line ${i + 1}`))
})

test('a job folder deleted under it, and the wrapper killed: each told with its reason', async () => {
  const first = await submit('run: echo begun; sleep 600')
  await vi.waitFor(async () => expect((await client().logs.info({ log: `job:${first}`, streams: null })).lines).toBe(1))
  rmSync(join(nodeFolder(), 'jobs', first), { recursive: true })
  expect(await ends(first)).toMatchObject({ state: 'FAILED_DRIVER', error: { code: 'job.folder-gone' } })
  expect(await texts(first, 'r0.out')).toEqual(['begun'])
  expect((await read(first)).logProblem).toMatch(/deleted/)
  const second = await submit('run: echo begun; sleep 600')
  await reaches(second, 'RUNNING')
  process.kill(Number(readFileSync(join(nodeFolder(), 'jobs', second, 'pid'), 'utf8').split(' ')[0]), 'SIGKILL')
  expect(await ends(second)).toMatchObject({ state: 'FAILED_DRIVER', error: { code: 'job.killed' }, logProblem: null })
}, 40_000)

test('the node deleted under it', async () => {
  const jobId = await submit('run: echo begun; sleep 600')
  await vi.waitFor(async () => expect((await client().logs.info({ log: `job:${jobId}`, streams: null })).lines).toBe(1))
  rmSync(nodeFolder(), { recursive: true })
  expect(await ends(jobId)).toMatchObject({ state: 'FAILED_DRIVER', error: { code: 'job.folder-gone' } })
  expect(await texts(jobId, 'r0.out')).toEqual(['begun'])
}, 40_000)

test('secrets that were lost with a restart end the job, and say so', async () => {
  let closed: Promise<void> | null = null
  atPoint = (point) => {
    if (point === 'job/written') closed = engine.close()
  }
  const jobId = await submit('secrets: {S: null}\nrun: echo never', { secrets: { S: 'x' } }).catch(() => null)
  await closed
  atPoint = () => {}
  await open()
  const [job] = await client().jobs.list({ limit: 1 })
  expect(jobId ?? job?.id).toBe(job?.id)
  const ended = await ends(job!.id)
  if ((await client().app.info()).secrets.kept === 'memory')
    expect(ended).toMatchObject({ state: 'FAILED_DRIVER', error: { code: 'job.secrets-lost', where: 'S' } })
  else expect(ended.state).toBe('SUCCEEDED')
})

test('removed: its record, its log and its folder are gone', async () => {
  const jobId = await submit('run: echo hello')
  await ends(jobId)
  await logOf(jobId)
  await client().jobs.remove({ jobId })
  expect(await client().jobs.list({ limit: 10 })).toEqual([])
  expect(await refusal(read(jobId))).toMatchObject({ code: 'job.unknown' })
  expect(existsSync(join(nodeFolder(), 'jobs', jobId))).toBe(false)
  expect((await client().logs.info({ log: `job:${jobId}`, streams: null })).lines).toBe(0)
  const next = await submit('run: sleep 600')
  expect((await read(next)).number).toBe(2)
  expect(await refusal(client().jobs.remove({ jobId: next }))).toMatchObject({ code: 'job.not-ended' })
})

test('the list goes back page by page', async () => {
  const ids = []
  for (let i = 0; i < 5; i++) ids.unshift(await submit('run: "true"'))
  await ends(ids[0]!)
  const pages: string[] = []
  let before: number | undefined
  for (;;) {
    const page = await client().jobs.list({ clusterId, before, limit: 2 })
    if (page.length === 0) break
    pages.push(...page.map(({ id }) => id))
    before = page.at(-1)?.submittedAt
  }
  expect(pages).toEqual(ids)
})
