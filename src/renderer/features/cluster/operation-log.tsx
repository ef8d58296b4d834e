import { SegmentedControl } from '@mantine/core'
import { Fragment, useEffect, useRef } from 'react'
import type { Node } from '../../../shared/node.ts'
import type { Operation } from '../../../shared/operation.ts'
import { useOperationLog } from '../../data/operation-log.ts'
import { clockTime, fullTime } from '../../data/time.ts'
import { count, isOpen, nodeName } from '../../data/words.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { PathText } from '../../ui/path-text.tsx'
import css from './operation-tab.module.css'

type Props = {
  operation: Operation
  nodes: Node[]
  /** The step whose lines are shown. */
  step: string | null
  title: string
  number: number
  /** Are the lines of all steps shown? */
  all: boolean
  onAll(all: boolean): void
}

/** The log of one step, or of all, as it is written. */
export function OperationLog({ operation, nodes, step, title, number, all, onAll }: Props) {
  const { lines, problem } = useOperationLog(operation.id, isOpen(operation))
  const shown = all ? lines : lines.filter((line) => line.step === step)
  const titles = new Map(operation.plan.map((each) => [each.name, each.title]))
  const names = new Map(nodes.map((node) => [node.id, nodeName(node)]))
  const box = useStickToEnd(shown.length)
  return (
    <section className={css.panel}>
      <header className={css.panelHead} style={{ paddingBlock: 8 }}>
        <div className={css.panelTitle} style={{ alignItems: 'center' }}>
          <h2>Log</h2>
          <span>{all ? `all steps, ${count(lines.length, 'line')}` : `step ${number}, ${title}`}</span>
          <span style={{ display: 'flex', alignItems: 'center', gap: 4 }}>
            <SegmentedControl
              aria-label="Lines shown"
              value={all ? 'all' : 'step'}
              onChange={(value) => onAll(value === 'all')}
              data={[
                { value: 'step', label: 'This step' },
                { value: 'all', label: 'All' },
              ]}
            />
            <CopyButton
              label="Copy the log"
              text={shown
                .map((line) => [clockTime(line.at), line.nodeId && names.get(line.nodeId), line.text].filter(Boolean).join(' '))
                .join('\n')}
            />
          </span>
        </div>
      </header>
      {problem ? (
        <p className={css.quiet}>The log cannot be read: {problem}</p>
      ) : shown.length === 0 ? (
        <p className={css.quiet}>{isOpen(operation) ? 'Nothing is written yet.' : 'This step wrote nothing.'}</p>
      ) : (
        <div
          className={css.log}
          ref={box}
          role="log"
          aria-label={all ? 'Log of all steps' : `Log of step ${number}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
          style={{ '--node-column': nodes.length > 1 ? '8ch' : '0' } as React.CSSProperties}
        >
          {shown.map((line, i) => (
            <Fragment key={i}>
              {all && line.step !== shown[i - 1]?.step && <h3>{titles.get(line.step) ?? line.step}</h3>}
              <div className={css.line}>
                <time title={fullTime(line.at)}>{line.at === 0 ? '' : clockTime(line.at)}</time>
                <b>{nodes.length > 1 && line.nodeId !== null && (names.get(line.nodeId) ?? 'node')}</b>
                <span>
                  <PathText text={line.text} />
                </span>
              </div>
            </Fragment>
          ))}
        </div>
      )}
    </section>
  )
}

/** Keeps the end in sight, unless the user scrolled up to read. */
function useStickToEnd(length: number) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24
    }
    element.addEventListener('scroll', look)
    return () => element.removeEventListener('scroll', look)
  })
  useEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [length])
  return box
}
