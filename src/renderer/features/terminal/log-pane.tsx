import { lazy, Suspense } from 'react'
import { useAllOperations, useClusters, useJobs } from '../../data/live.ts'
import { logTitle } from '../../data/log-title.ts'
import css from './log-pane.module.css'

// The dock is there from the start; a log in it seldom is.
const AnyLog = lazy(async () => ({ default: (await import('../../ui/log/any-log.tsx')).AnyLog }))

type Props = { log: string; focused: boolean; onFocus(): void }

/** A log in the dock. */
export function LogPane({ log, focused, onFocus }: Props) {
  const known = { jobs: useJobs(), operations: useAllOperations(), clusters: useClusters() }
  return (
    <div className={css.pane} onFocusCapture={onFocus}>
      <Suspense>
        <AnyLog log={log} name={logTitle(log, known)} focused={focused} />
      </Suspense>
    </div>
  )
}
