import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { holdRayLock, noRayToInstall, RAY_TURN_MS } from '../../../e2e/substrate/ray.ts'
import { runEngine } from '../crash-under-test.ts'
import { listClusters } from '../storage/cluster-records.ts'
import { openDatabase } from '../storage/database.ts'

// kill -9 of a whole engine in each step of Ray, at its beginning and in the middle of what it does on the node; the next engine goes on.

const noRay = noRayToInstall()
if (noRay) console.warn(`skipped: ${noRay}`)

describe.skipIf(noRay !== null)('an engine that is killed while it sets Ray up', { timeout: 280_000 }, () => {
  let home: string
  let letGo: () => void
  beforeAll(async () => {
    letGo = await holdRayLock()
  }, RAY_TURN_MS)
  afterAll(() => letGo())
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'styx-ray-crash-'))
    mkdirSync(join(home, '.styx'), { mode: 0o700 })
  })
  afterEach(() => {
    for (const pid of ofRay(home)) process.kill(pid, 'SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })

  const cluster = () => {
    const { database } = openDatabase(join(home, '.styx'))
    try {
      return listClusters(database)[0]!
    } finally {
      database.close()
    }
  }

  test.each([
    ['ray.choose', 300],
    ['ray.install', 1500],
    ['ray.head', 3000],
    ['ray.verify', 300],
  ])('in %s: the next one goes on, with one Ray, and terminate leaves nothing', async (step, late_ms) => {
    const killed = await runEngine(home, { act: 'launch', ray: true, dieAt: `launch/${step}/exec`, late_ms })
    expect(killed.signal, killed.said).toBe('SIGKILL')
    const again = await runEngine(home, { act: null })
    expect(again.rest, again.said).toBe('ready')
    expect(cluster().ray, again.said).toMatchObject({ is: 'running', error: null })
    expect(raylets(home)).toHaveLength(1)
    expect((await runEngine(home, { act: 'terminate' })).rest).toBe('terminated')
    expect(ofRay(home)).toEqual([])
    expect(readdirSync(home)).not.toContain('.styx-node')
  })
})

const lines = () => execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n')
const pidOf = (line: string) => Number(line.trim().split(' ')[0])
const ofRay = (home: string): number[] =>
  lines()
    .filter((line) => line.includes(`${home}/.styx-node`))
    .map(pidOf)
const raylets = (home: string): string[] => lines().filter((line) => line.includes('/raylet/raylet ') && line.includes(home))
