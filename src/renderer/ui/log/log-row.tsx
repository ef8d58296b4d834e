import { memo } from 'react'
import { clockTime, fullTime } from '../../data/time.ts'
import type { LogLine } from '../../../shared/log.ts'
import { lineParts, type Part } from './ansi.ts'
import type { HitMarks } from './hit-marks.ts'
import type { Range } from './hits.ts'
import css from './log-rows.module.css'

/** Of a longer line so much is drawn until it is asked for, in characters. */
const DRAWN = 4000

type Props = {
  /** Its number among the rows. */
  n: number
  /** Undefined: it is still being read. */
  line: Pick<LogLine, 'at' | 'text' | 'continues'> | undefined
  /** What is being written has no number, and no time yet. */
  unfinished: boolean
  /** Whose line it is; '' where that needs no saying. */
  label: string
  tone: number
  isErr: boolean
  hit: 'no' | 'yes' | 'current'
  marks: HitMarks | null
  /** Another number when the marks of a regular expression came. */
  marked: number
  selectedFrom: number
  selectedTo: number
  colours: boolean
  /** It is drawn whole, however long it is. */
  whole: boolean
  onWhole(n: number): void
}

/** One line. */
export const LogRow = memo(function LogRow(props: Props) {
  const { n, line, unfinished, label, tone, isErr, hit, marks, selectedFrom, selectedTo, colours, whole, onWhole } = props
  const text = line ? visibleText(line) : ''
  const cut = !whole && text.length > DRAWN ? DRAWN : text.length
  const selected = selectedFrom < selectedTo ? { from: selectedFrom, to: selectedTo } : null
  return (
    <div
      className={css.row}
      data-n={n}
      data-err={isErr || undefined}
      data-hit={hit === 'no' ? undefined : hit}
      data-waits={line === undefined || undefined}
    >
      <span className={css.number} aria-hidden={line?.continues || undefined}>
        {unfinished || line?.continues ? '' : (n + 1).toLocaleString('en-US', { useGrouping: false })}
      </span>
      <time className={css.time} title={line && !unfinished ? fullTime(line.at) : undefined}>
        {line && !unfinished && !line.continues ? lineTime(line.at) : ''}
      </time>
      <span className={css.label} data-tone={tone} title={label}>
        {label}
      </span>
      <span className={css.text} data-text data-end={selectedTo === Number.POSITIVE_INFINITY || undefined}>
        {line &&
          pieces(partsOf(line), cut, hit === 'no' || !marks ? [] : marks.ranges(text), selected).map((piece, i) => (
            <Piece key={i} piece={piece} colours={colours} />
          ))}
      </span>
      {cut < text.length && (
        <button type="button" className={css.more} onClick={() => onWhole(n)}>
          {(text.length - cut).toLocaleString('en-US')} more characters
        </button>
      )}
    </div>
  )
})

/** `14:02:11.250`; without the part of a second where that is not known. */
const lineTime = (at: number) => {
  const ms = at % 1000
  return ms === 0 ? clockTime(at) : `${clockTime(at)}.${String(ms).padStart(3, '0')}`
}

type PieceOf = Part & { hit: boolean; selected: boolean }

function Piece({ piece, colours }: { piece: PieceOf; colours: boolean }) {
  const { text, hit, selected, ink, ground, style } = piece
  const plain = !colours || (ink === null && ground === null && style === '')
  if (plain && !hit && !selected) return text
  const rgb = (colour: string | null) => (colour?.startsWith('#') ? colour : undefined)
  return (
    <span
      className={css.piece}
      data-hit={hit || undefined}
      data-selected={selected || undefined}
      {...(!plain && {
        'data-ink': rgb(ink) ? 'rgb' : (ink ?? undefined),
        'data-ground': rgb(ground) ? 'rgb' : (ground ?? undefined),
        'data-style': style || undefined,
        style: { '--rgb': rgb(ink), '--ground-rgb': rgb(ground) } as React.CSSProperties,
      })}
    >
      {text}
    </span>
  )
}

// What a line looks like is worked out once, and goes with the line.
const known = new WeakMap<object, { parts: Part[]; text: string }>()

function drawn(line: { text: string }) {
  let one = known.get(line)
  if (!one) {
    const parts = lineParts(line.text)
    one = { parts, text: parts.map(({ text }) => text).join('') }
    known.set(line, one)
  }
  return one
}

const partsOf = (line: { text: string }): Part[] => drawn(line).parts

/** What is drawn of a line, without its colours: what its columns count. */
export const visibleText = (line: { text: string }): string => drawn(line).text

/** The parts cut where a mark or the selection begins or ends, up to a column. */
function pieces(parts: readonly Part[], end: number, hits: readonly Range[], selected: Range | null): PieceOf[] {
  if (hits.length === 0 && !selected && parts.length === 1 && parts[0]!.text.length <= end)
    return [{ ...parts[0]!, hit: false, selected: false }]
  const edges = [...hits, ...(selected ? [selected] : [])].flatMap(({ from, to }) => [from, to])
  const out: PieceOf[] = []
  let at = 0
  for (const part of parts) {
    const stop = Math.min(at + part.text.length, end)
    const cuts = [at, ...edges.filter((edge) => edge > at && edge < stop), stop].sort((a, b) => a - b)
    for (let i = 0; i + 1 < cuts.length; i++) {
      const [from, to] = [cuts[i]!, cuts[i + 1]!]
      if (from >= to) continue
      const within = (range: Range) => range.from <= from && to <= range.to
      out.push({
        ...part,
        text: part.text.slice(from - at, to - at),
        hit: hits.some(within),
        selected: selected !== null && within(selected),
      })
    }
    at += part.text.length
    if (at >= end) break
  }
  return out
}
