import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { FullConfig, Reporter, Suite, TestCase, TestError } from '@playwright/test/reporter'
import type { Outcome } from './outcome.ts'

/** Writes every test's outcome to the file that STYX_OUTCOMES names. */
export default class OutcomeReporter implements Reporter {
  #root: Suite | undefined
  #errors: TestError[] = []

  onBegin(_config: FullConfig, root: Suite) {
    this.#root = root
  }

  /** A spec that does not load, or a global set-up that failed: no test tells of it. */
  onError(error: TestError) {
    this.#errors.push(error)
  }

  onEnd() {
    const outcomes = [
      ...(this.#root?.allTests() ?? []).map(ofTest),
      ...this.#errors.map(
        (error): Outcome => ({ suite: 'e2e', name: error.message ?? 'an error without words', is: 'failed', why: '' }),
      ),
    ]
    writeFileSync(process.env.STYX_OUTCOMES ?? '', JSON.stringify(outcomes))
  }
}

function ofTest(test: TestCase): Outcome {
  const [, project = '', file = '', ...names] = test.titlePath()
  const where = { suite: `${relative('.', `e2e/${file}`)} [${project}]`, name: names.join(' > ') }
  switch (test.outcome()) {
    case 'expected':
      return { ...where, is: 'passed', why: '' }
    case 'skipped': {
      if (test.expectedStatus !== 'skipped') return { ...where, is: 'failed', why: 'did not run: what comes before it failed' }
      const notes = [...test.annotations, ...test.results.flatMap((result) => result.annotations)]
      return { ...where, is: 'skipped', why: notes.find((note) => note.type === 'skip')?.description ?? '' }
    }
    default:
      return { ...where, is: 'failed', why: '' }
  }
}
