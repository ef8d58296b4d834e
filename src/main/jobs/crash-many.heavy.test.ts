import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { carriersOf } from '../../../e2e/substrate/processes.ts'
import { runChild } from '../crash-under-test.ts'
import { type GangUnderTest, makeNodes, NODES, writeCluster } from './gang-under-test.ts'

// kill -9 at every point that a job on three nodes passes, above all between that its ranks wait and that all of them were told to begin:
// afterwards each rank ran once, or none did.

const root = mkdtempSync(join(tmpdir(), 'styx-gang-crash-'))
const home = join(root, 'home')
const before = join(root, 'before')
const stateFolder = join(home, '.styx')
let gang: Pick<GangUnderTest, 'home' | 'nodes' | 'clusterId' | 'installationId'>

beforeAll(async () => {
  mkdirSync(home)
  gang = await makeNodes(home)
  cpSync(home, before, { recursive: true })
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const engine = async (yaml: string | null, dieAt: number | null = null) => {
  const ended = await runChild('src/main/jobs/crash-many.child.ts', home, { gang, yaml, dieAt })
  return { ...ended, rest: JSON.parse(ended.rest ?? 'null') as unknown }
}
const restore = () => {
  rmSync(home, { recursive: true, force: true })
  cpSync(before, home, { recursive: true })
  mkdirSync(stateFolder, { mode: 0o700 })
  writeCluster({ ...gang, ray: null }, stateFolder)
}
const carriers = () => carriersOf('STYX_JOB_ID=', `HOME=${home}\0`)
const runs = () => readFileSync(join(home, 'runs'), 'utf8').trim().split('\n').sort()
const ranks = Array.from({ length: NODES }, (_, rank) => rank)

test.each([
  {
    name: 'that succeeds',
    yaml: `num_nodes: ${NODES}\nrun: |\n  echo $SKYPILOT_NODE_RANK >>~/runs\n  echo begun\n  sleep 0.2\n  echo done\n`,
    rest: { state: 'SUCCEEDED', failed: null, said: ranks.flatMap((rank) => [`r${rank}.out begun`, `r${rank}.out done`]).sort() },
  },
  {
    name: 'of which a rank fails',
    yaml: `num_nodes: ${NODES}\nrun: |\n  echo $SKYPILOT_NODE_RANK >>~/runs\n  echo begun\n  sleep 0.2\n  [ $SKYPILOT_NODE_RANK = 1 ] && exit 3\n  sleep 600\n`,
    rest: { state: 'FAILED', failed: 1, said: ranks.map((rank) => `r${rank}.out begun`) },
  },
])('a job on several nodes $name, killed at every point', { timeout: 900_000 }, async ({ yaml, rest }) => {
  restore()
  const whole = await engine(yaml)
  expect(whole.rest, whole.said).toEqual(rest)
  expect(whole.points).toContain('job/begin-effect')
  for (const [i, point] of whole.points.entries()) {
    restore()
    const killed = await engine(yaml, i + 1)
    if (killed.signal !== 'SIGKILL') continue // what is heard comes in one piece or in several
    const again = await engine(null)
    expect(again.rest, `killed at ${point}\n${again.said}`).toEqual(rest)
    expect([runs(), carriers()], `killed at ${point}`).toEqual([ranks.map(String), []])
  }
})
