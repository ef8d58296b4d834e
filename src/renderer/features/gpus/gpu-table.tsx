import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { clockReasonWords } from '../../../shared/clock-reasons.ts'
import type { GpuDetails, MachineDetails } from '../../../shared/machine.ts'
import { memoryOf, memoryWords } from '../../../shared/memory-words.ts'
import { fresh, onSamples } from '../../data/samples.ts'
import { number, percentWords } from '../../data/words.ts'
import { rampStep } from '../../ui/ink.ts'
import { MachineMeter } from '../../ui/machine-lines.tsx'
import { type GpuNow, type GpuRow, nowOf, ownerWords, type Sort, type SortKey } from './gpu-rows.ts'
import css from './gpu-table.module.css'

const ROW_PX = 34
/** Where there is no room for the word: the cell beside it is hatched. */
const UNKNOWN = '–'
/** Without a scroller of its own the table shows all of its rows. */
type Props = {
  rows: readonly GpuRow[]
  details: ReadonlyMap<string, MachineDetails>
  sort: Sort
  onSort(sort: Sort): void
  /** Of one cluster, by id: its name need not stand in each row, and what others hold is grey. */
  ofOne?: string
}

const columns: { key: SortKey; name: string; number?: true }[] = [
  { key: 'gpu', name: 'GPU' },
  { key: 'model', name: 'Model' },
  { key: 'use', name: 'Use' },
  { key: 'memory', name: 'Memory' },
  { key: 'heat', name: 'Heat', number: true },
  { key: 'power', name: 'Power', number: true },
  { key: 'clock', name: 'SM clock', number: true },
  { key: 'ecc', name: 'ECC', number: true },
  { key: 'process', name: 'Process' },
  { key: 'user', name: 'User' },
]

/** A row for each GPU, with what it does now. Only the rows on the screen exist. */
export function GpuTable({ rows, details, sort, onSort, ofOne }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  })
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows that are placed by their offset cannot be those of a <table>
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div ref={scroller} className={css.scroller} role="table" aria-label="GPUs" aria-rowcount={rows.length + 1} tabIndex={0}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowgroup" className={css.head}>
        {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above; its buttons take the focus */}
        <div role="row" aria-rowindex={1} className={css.row}>
          {columns.map(({ key, name, number: isNumber }) => (
            // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above
            <div
              key={key}
              role="columnheader"
              data-number={isNumber}
              aria-sort={sort.by !== key ? 'none' : sort.down ? 'descending' : 'ascending'}
            >
              <button type="button" onClick={() => onSort({ by: key, down: sort.by === key ? !sort.down : startsDown(key) })}>
                {name}
                {sort.by === key && (sort.down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
              </button>
            </div>
          ))}
        </div>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowgroup" className={css.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index]!
          return <Row key={row.key} row={row} details={details} index={index} start_px={start} ofOne={ofOne} />
        })}
      </div>
    </div>
  )
}

/** Who sorts by a number wants to see the largest. */
const startsDown = (key: SortKey) => !['gpu', 'model', 'process', 'user'].includes(key)

type RowProps = Pick<Props, 'details'> & { row: GpuRow; index: number; start_px: number; ofOne: string | undefined }

function Row({ row, details, index, start_px, ofOne }: RowProps) {
  const element = useRef<HTMLDivElement>(null)
  const now = () => nowOf(row, fresh(row.machine.machineId), details)
  const latest = useRef(now)
  latest.current = now
  // What changes every second is written straight into the page.
  useEffect(() => onSamples(() => element.current && write(element.current, row, latest.current())), [row])
  useEffect(() => {
    if (element.current) write(element.current, row, latest.current())
  })
  const { details: detail } = now()
  const processes = detail?.processes ?? null
  const [first] = processes ?? []
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: see the table
    <div
      ref={element}
      role="row"
      aria-rowindex={index + 2}
      className={css.row}
      data-other={(ofOne !== undefined && !row.on.some(({ clusterId }) => clusterId === ofOne)) || undefined}
      style={{ transform: `translateY(${start_px}px)` }}
    >
      <Cell title={`${ownerWords(row)} · ${row.machine.facts.hostname} · ${row.uuid}`}>
        <Where row={row} ofOne={ofOne} />
      </Cell>
      <Cell title={detail?.mig ? `${row.model}, cut up by MIG: ${detail.mig.join(', ') || 'no instances'}` : row.model}>
        {detail?.mig && <span className={css.mig}>MIG × {detail.mig.length}</span>}
        {row.model}
      </Cell>
      <Cell className={css.use}>
        <span className={css.cell} data-live="cell" />
        <span data-live="use" className="tabular" />
      </Cell>
      <Cell className={css.memory}>
        <MachineMeter
          read={() => {
            const { memory } = latest.current()
            return memory === null || !row.memory_MiB ? null : { part: memory, whole: row.memory_MiB }
          }}
        />
        <span data-live="memory" className="tabular" />
      </Cell>
      <Cell number>
        <span data-live="heat" />
      </Cell>
      <Cell number>
        <span data-live="power" />
      </Cell>
      <Cell number title={slowedWords(detail)}>
        <span data-slowed={isSlowed(detail) || undefined}>{clockWords(detail)}</span>
      </Cell>
      <Cell number title={eccTitle(detail)}>
        <span data-bad={Boolean(detail?.eccUncorrected) || undefined}>{eccWords(detail)}</span>
      </Cell>
      <Cell title={processes?.map(({ pid, user, command }) => `${pid} ${user ?? 'unknown user'} ${command ?? ''}`).join('\n')}>
        {processes === null ? (
          'unknown'
        ) : !first ? (
          <span className={css.quiet}>none</span>
        ) : (
          (first.command ?? `pid ${first.pid}`)
        )}
        {processes !== null && processes.length > 1 && <span className={css.more}>+{processes.length - 1}</span>}
      </Cell>
      <Cell>{first ? (first.user ?? 'unknown') : ''}</Cell>
    </div>
  )
}

function Cell(props: { children: React.ReactNode; title?: string | undefined; className?: string; number?: boolean }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the table
    <div role="cell" title={props.title} className={props.className} data-number={props.number || undefined}>
      {props.children}
    </div>
  )
}

function Where({ row, ofOne }: { row: GpuRow; ofOne: string | undefined }) {
  const { machine, on, index } = row
  const [first] = on
  const own = on.find(({ clusterId }) => clusterId === ofOne)
  const name = own ? own.node || machine.facts.hostname : ownerWords(row)
  return (
    <>
      <strong className="tabular">{index}</strong>{' '}
      {first && !own ? (
        <Link to="/clusters/$clusterId/gpus" params={{ clusterId: first.clusterId }}>
          {name}
        </Link>
      ) : (
        name
      )}
    </>
  )
}

function write(element: HTMLElement, row: GpuRow, now: GpuNow) {
  const part = (name: string) => element.querySelector<HTMLElement>(`[data-live="${name}"]`)!
  const say = (name: string, text: string) => {
    const of = part(name)
    if (of.textContent !== text) of.textContent = text
  }
  part('cell').dataset.step = now.use === null ? 'unknown' : String(rampStep(now.use))
  say('use', now.use === null ? UNKNOWN : percentWords(now.use))
  say(
    'memory',
    now.memory === null ? 'unknown' : row.memory_MiB === null ? memoryWords(now.memory) : memoryOf(now.memory, row.memory_MiB),
  )
  say('heat', now.heat === null ? UNKNOWN : `${Math.round(now.heat)} °C`)
  const cap = now.details?.powerCap_W ?? null
  say(
    'power',
    now.power === null
      ? 'unknown'
      : cap === null
        ? `${Math.round(now.power)} W`
        : `${Math.round(now.power)} / ${Math.round(cap)} W`,
  )
}

function clockWords(detail: GpuDetails | undefined): string {
  if (!detail || detail.smClock_MHz === null) return 'unknown'
  const most = detail.smClockMost_MHz
  return most === null ? `${number(detail.smClock_MHz)} MHz` : `${number(detail.smClock_MHz)} / ${number(most)} MHz`
}

/** By something that the user may want to mend; an idle GPU is slow because it may be. */
const isSlowed = (detail: GpuDetails | undefined) =>
  detail?.clockReasons?.some((reason) => /heat|slowdown|brake/.test(reason)) ?? false

function slowedWords(detail: GpuDetails | undefined): string {
  if (!detail) return 'Not known yet'
  const memory =
    detail.memoryClock_MHz === null
      ? ''
      : ` Memory clock ${number(detail.memoryClock_MHz)} of ${detail.memoryClockMost_MHz === null ? 'unknown' : number(detail.memoryClockMost_MHz)} MHz.`
  if (detail.clockReasons === null) return `The driver does not tell what slows it down.${memory}`
  if (detail.clockReasons.length === 0) return `Nothing slows it down.${memory}`
  return `Slowed down by ${detail.clockReasons.map((reason) => clockReasonWords[reason]).join(', ')}.${memory}`
}

function eccWords(detail: GpuDetails | undefined): string {
  if (!detail) return UNKNOWN
  if (detail.eccUncorrected === null && detail.eccCorrected === null) return 'none'
  return `${detail.eccCorrected ?? '?'} / ${detail.eccUncorrected ?? '?'}`
}

const eccTitle = (detail: GpuDetails | undefined) =>
  detail?.eccUncorrected == null
    ? 'It has no ECC, it is off, or it cannot be read'
    : `${detail.eccCorrected ?? 'unknown'} errors corrected, ${detail.eccUncorrected} not, since the driver was loaded`
