import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import type { Transport } from '../transports/transport.ts'
import { fetchTo } from './fetch.ts'
import { checkOut, checkOutHere } from './git.ts'
import type { FilesNode } from './sync.ts'

const { signal } = new AbortController()
const resources = resolve('resources')
let folder: string
let transport: Transport
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'styx-far-')))
  transport = openLocalTransport()
})
afterEach(async () => {
  await transport.close()
  await rm(folder, { recursive: true, force: true })
})

/** The same, with a PATH of its own. */
const withPath = (PATH: string): Pick<Transport, 'exec'> => ({
  exec: ([sh, ...argv], options) => transport.exec([`/bin/${sh}`, ...argv], { ...options, env: { ...options.env, PATH } }),
})

async function repository(): Promise<{ url: string; git(...args: string[]): string; commit(text: string): Promise<string> }> {
  const at = join(folder, 'repository')
  await mkdir(at)
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
  const git = (...args: string[]) => execFileSync('git', [...who, ...args], { cwd: at, encoding: 'utf8' }).trim()
  git('init', '-q', '-b', 'main')
  const commit = async (text: string) => {
    await writeFile(join(at, 'code'), text)
    git('add', '.')
    git('commit', '-qm', text)
    return git('rev-parse', 'HEAD')
  }
  return { url: `file://${at}`, git, commit }
}

test('a repository: its head, a branch, a tag, a commit; again after it moved; what jobs wrote stays', async () => {
  const { url, git, commit } = await repository()
  const first = await commit('one')
  git('tag', 'v1')
  const second = await commit('two')
  git('switch', '-qc', 'feature/x')
  const third = await commit('three')
  git('switch', '-q', 'main')
  const at = join(folder, 'node')
  const to = (ref: string | null) => checkOut(transport, at, { url, ref }, resources, signal)
  expect(await to(null)).toEqual({ is: 'done', commit: second })
  await writeFile(join(at, 'checkpoint'), 'of a job')
  await writeFile(join(at, 'code'), 'changed there')
  expect(await to('v1')).toEqual({ is: 'done', commit: first })
  expect(await readFile(join(at, 'code'), 'utf8')).toBe('one')
  expect(await to('feature/x')).toEqual({ is: 'done', commit: third })
  expect(await to(first.slice(0, 10))).toEqual({ is: 'done', commit: first })
  git('switch', '-q', 'feature/x')
  git('reset', '-q', '--hard', 'main')
  const moved = await commit('four')
  expect(await to('feature/x')).toEqual({ is: 'done', commit: moved })
  expect((await readdir(at)).sort()).toEqual(['.git', 'checkpoint', 'code'])
})

test('an unknown ref, an unknown repository and a missing git are said', async () => {
  const { url, commit } = await repository()
  const head = await commit('one')
  const at = join(folder, 'node')
  await expect(checkOut(transport, at, { url, ref: 'none' }, resources, signal)).rejects.toMatchObject({
    data: { code: 'files.no-ref', what: 'The repository has no none' },
  })
  const lost = { url: `${url}-lost`, ref: null }
  expect(await checkOut(transport, at, lost, resources, signal)).toMatchObject({
    is: 'no-way',
    said: expect.stringContaining('lost'),
  })
  expect(await checkOut(withPath('/nowhere'), at, { url, ref: null }, resources, signal)).toMatchObject({ is: 'no-git' })
  await expect(checkOutHere(lost, resources, signal)).rejects.toMatchObject({ data: { code: 'files.git-failed' } })
  const here = await checkOutHere({ url, ref: 'main' }, resources, signal)
  expect([here.commit, await readFile(join(here.folder, 'code'), 'utf8')]).toEqual([head, 'one'])
  await rm(here.folder, { recursive: true })
})

async function aNode(other: Pick<Transport, 'exec'> = transport): Promise<FilesNode> {
  const nodeId = folder.split('-').at(-1) as string
  const own = join(homedir(), '.styx-node', 'far-test', 'c', nodeId)
  await mkdir(own, { recursive: true })
  await writeFile(join(own, '.styx-node'), '')
  return { installationId: 'far-test', clusterId: 'c', nodeId, transport: { ...transport, ...other }, isHere: true }
}
afterEach(() => rm(join(homedir(), '.styx-node', 'far-test'), { recursive: true, force: true }))

test('an address is fetched whole or not at all', async () => {
  const server: Server = createServer((request, response) => {
    if (request.url === '/weights') response.end('weights')
    else response.writeHead(404).end('no')
  }).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const node = await aNode()
  await fetchTo(node, `${url}/weights`, join(folder, 'deep', 'w'), resources, signal)
  expect(await readFile(join(folder, 'deep', 'w'), 'utf8')).toBe('weights')
  const error = await fetchTo(node, `${url}/none`, join(folder, 'deep', 'n'), resources, signal).catch((e) => e)
  expect(error.data).toMatchObject({ code: 'files.refused', detail: expect.stringContaining('404') })
  expect(await readdir(join(folder, 'deep'))).toEqual(['w'])
  server.close()
})

// Stands for the real one, which needs a bucket: it says how it was called.
test('a bucket’s folder is synced, an object copied, by the aws of the node; without one it is said', async () => {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const called = join(folder, 'called')
  await writeFile(
    join(bin, 'aws'),
    `#!/bin/sh\necho "$*" >>'${called}'\ncase "$2 $3" in "ls s3://b/dir/") ;; ls*) exit 1 ;; esac\n[ "$2" != cp ] || echo object >"$5"\n`,
  )
  await chmod(join(bin, 'aws'), 0o755)
  const node = await aNode(withPath(`${bin}:/usr/bin:/bin`))
  await fetchTo(node, 's3://b/dir', join(folder, 'data'), resources, signal)
  await fetchTo(node, 's3://b/x', join(folder, 'x'), resources, signal)
  expect(await readFile(join(folder, 'x'), 'utf8')).toBe('object\n')
  expect((await readFile(called, 'utf8')).trim().split('\n')).toEqual([
    's3 ls s3://b/dir/',
    `s3 sync --only-show-errors s3://b/dir ${join(folder, 'data')}`,
    's3 ls s3://b/x/',
    `s3 cp --only-show-errors s3://b/x ${join(folder, 'x')}.styx-part`,
  ])
  const bare = await aNode(withPath('/nowhere'))
  await expect(fetchTo(bare, 's3://b/x', 'x', resources, signal)).rejects.toMatchObject({
    data: { code: 'files.no-tool', what: 'The node has no aws to fetch this with' },
  })
})
