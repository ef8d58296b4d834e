import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'
import type { Outcome } from './outcome.ts'

/** Writes every test's outcome to the file that STYX_OUTCOMES names. */
export default class OutcomeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]) {
    const outcomes = [
      ...modules.flatMap((module) => [
        ...[...module.children.allTests()].map(ofTest),
        ...[module, ...module.children.allSuites()].flatMap((part) => ofBroken(part, module.relativeModuleId)),
      ]),
      ...unhandled.map(
        (error): Outcome => ({ suite: 'vitest', name: `unhandled error: ${error.message}`, is: 'failed', why: '' }),
      ),
    ]
    writeFileSync(process.env.STYX_OUTCOMES ?? '', JSON.stringify(outcomes))
  }
}

function ofTest(test: TestCase): Outcome {
  const result = test.result()
  const is = result.state === 'pending' ? 'failed' : result.state // never run: an interrupted file
  return {
    suite: test.module.relativeModuleId,
    name: test.fullName,
    is,
    why: result.state === 'skipped' ? (result.note ?? '') : '',
  }
}

/** A file or a hook that broke: it has errors of its own, beside those of its tests. */
function ofBroken(part: TestModule | TestSuite, suite: string): Outcome[] {
  return part.errors().map((error) => ({ suite, name: error.message, is: 'failed', why: '' }))
}
