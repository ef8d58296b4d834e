import { describe } from 'vitest'
import { beginnings } from './conformance-begin.ts'
import { endings } from './conformance-end.ts'
import { tellings } from './conformance-tell.ts'
import { nodeUnderTest, type RunnerUnderTest } from './node-under-test.ts'

/** What every runner must do on a node. Linux there, reached as this machine is. */
export function runnerConformance(name: string, open: () => Promise<RunnerUnderTest>): void {
  describe(`${name}: runner conformance`, { timeout: 60_000 }, () => {
    const node = nodeUnderTest(open)
    beginnings(node)
    endings(node)
    tellings(node)
  })
}
