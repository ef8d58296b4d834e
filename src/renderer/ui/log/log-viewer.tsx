import { useEffect, useId, useMemo, useRef, useState } from 'react'
import type { ErrorData } from '../../../shared/error.ts'
import type { LogQuery, LogStream, LogView } from '../../../shared/log.ts'
import { useSettings, writeSettings } from '../../data/live.ts'
import { count, number } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { Loading } from '../empty.tsx'
import { ErrorBlock } from '../error-block.tsx'
import { Key } from '../key.tsx'
import { showError } from '../notice.tsx'
import { hitAtOrAfter } from './hits.ts'
import { LogFoot, type LogShow } from './log-foot.tsx'
import { ALL, groupsOf, type LogFilter, type LogGroup, streamsShown } from './log-groups.ts'
import { LogHead } from './log-head.tsx'
import { LogRows } from './log-rows.tsx'
import { LogStrip } from './log-strip.tsx'
import css from './log-viewer.module.css'
import { ends } from './selection.ts'
import { useLogKeys } from './use-log-keys.ts'
import { useLogSearch } from './use-log-search.ts'
import { copySelection, useLogSelection } from './use-log-selection.ts'
import { useLogStrip } from './use-log-strip.ts'
import { useLogWindow } from './use-log-window.ts'
import { useStable } from './use-stable.ts'

/** Groups of a log that are shown without the others. */
export type LogOnly = { groups: string[] }

type Props = {
  /** `job:ID`, `operation:ID`. */
  log: string
  /** What it is the log of, in words. */
  name: string
  /** Another value once a log that had ended may have gone on. */
  again?: unknown
  /** What the page is for: its keys work wherever nothing else has the focus. */
  main?: boolean | undefined
  /** It is given the keyboard. */
  focused?: boolean | undefined
  /** How a step is called. */
  stepName?(step: string): string
  /** Behind a rank: "head", "worker 1". */
  about?(group: LogGroup): string
  /** What is wrong with a rank, short. */
  problem?(group: LogGroup): string | null
  /** What nothing means, where it can be said: "This step wrote nothing." */
  empty?: string | undefined
  /** What is to be shown alone; again with each new object. */
  only?: LogOnly | undefined
  /** What of it is missing, where more is known than the log itself knows. */
  gap?: string | null | undefined
}

const SAID_MS = 6000
const NO_QUERY: LogQuery = { text: '', regex: false, caseSensitive: false }
const itself = (step: string) => step
const nothing = () => ''
const none = () => null

/** A log: followed, searched, filtered, copied, by mouse and by keyboard. */
export function LogViewer(props: Props) {
  const {
    log,
    name,
    again,
    main = false,
    focused = false,
    stepName = itself,
    about = nothing,
    problem = none,
    empty,
    gap,
    only,
  } = props
  const box = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const { log: show } = useSettings()
  const [filter, setFilter] = useState(ALL)
  const [streams, setStreams] = useState<LogView['streams']>(null)
  const [query, setQuery] = useState(NO_QUERY)
  const [asked, setAsked] = useState<number | null>(null)
  const [whereOpen, setWhereOpen] = useState(false)
  const [said, setSaid] = useState('')
  const [marked, setMarked] = useState(0)

  const view: LogView = { log, streams }
  const window_ = useLogWindow(view, again, show.wrap, box)
  const { frame } = window_
  const info = frame?.info ?? null
  // Another filter reads anew; which streams there are is known all the same.
  const known = useRef<LogStream[]>([])
  if (info) known.current = info.streams
  const all = known.current
  const groups = useMemo(() => groupsOf(all, stepName), [all, stepName])
  const lines = frame?.lines ?? 0
  const search = useLogSearch(view, query, lines, () => setMarked((n) => n + 1))
  const { hits } = search
  const picked = useLogSelection(box, window_)
  const strip = useLogStrip(view, info, box)

  // A rank that appears later belongs to what was chosen before. Who does not follow the end stays at the line, whatever is shown.
  const wantedKey = JSON.stringify(streamsShown(groups, filter))
  const leaving = useRef<{ streams: LogView['streams']; n: number } | null>(null)
  useEffect(() => {
    if (!info || wantedKey === JSON.stringify(streams)) return
    const n = window_.place()
    if (n !== null) leaving.current = { streams, n }
    setStreams(JSON.parse(wantedKey))
  }, [wantedKey, info !== null])
  useEffect(() => {
    const left = leaving.current
    if (!left) return
    const closing = new AbortController()
    api.logs.lineIn({ log, ...left, to: streams }, { signal: closing.signal }).then(
      ({ n }) => {
        if (closing.signal.aborted) return
        leaving.current = null
        window_.setFollowing(false)
        window_.moveTo(n)
      },
      (error) => {
        if (closing.signal.aborted) return
        leaving.current = null
        showError(error)
      },
    )
    return () => closing.abort()
  }, [streams])

  // The hit the reader is at: the one asked for, else the first from the top of what is in sight on.
  const current = hits.lines.length === 0 ? null : Math.min(asked ?? nearest(hits.lines, frame?.from ?? 0), hits.lines.length - 1)
  const step = (by: 1 | -1) => {
    if (current === null) return
    const next = asked === null ? current : (current + by + hits.lines.length) % hits.lines.length
    setAsked(next)
    window_.show(hits.lines[next]!)
  }
  // What is typed brings its first hit into sight, once.
  const shownFor = useRef('')
  useEffect(() => {
    const key = JSON.stringify(query)
    if (hits.lines.length === 0 || shownFor.current === key) return
    shownFor.current = key
    const first = nearest(hits.lines, frame?.from ?? 0)
    setAsked(first)
    window_.show(hits.lines[first]!)
  }, [hits])

  // What was said of an action is no news for long.
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => setSaid(''), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])

  const copy = async () => {
    if (!picked.selection) return
    try {
      const copied = await copySelection(picked.selection, (from, count) => api.logs.lines({ ...view, from, count }))
      setSaid('problem' in copied ? copied.problem : `Copied ${count(copied.lines, 'line')}.`)
    } catch (error) {
      showError(error)
    }
  }
  const goTo = async (where: { line: number } | { at: number }) => {
    try {
      const n = 'line' in where ? where.line - 1 : (await api.logs.lineAt({ ...view, at: where.at })).n
      if (n === null) setSaid('Nothing was written at that time or later.')
      window_.setFollowing(false)
      window_.moveTo(n ?? lines)
      if (n !== null && n < lines) picked.select({ anchor: { n, column: 0 }, head: { n, column: Number.POSITIVE_INFINITY } })
      box.current?.focus()
    } catch (error) {
      showError(error)
    }
  }
  useEffect(() => {
    if (focused && !box.current?.parentElement?.parentElement?.contains(document.activeElement)) box.current?.focus()
  }, [focused])
  const toggleWrap = () => writeSettings({ log: { ...show, wrap: !show.wrap } }).catch(showError)
  useLogKeys(box, main, {
    follow: () => window_.setFollowing(!frame?.following),
    search: () => {
      field.current?.focus()
      field.current?.select()
    },
    step,
    start: () => window_.moveTo(0),
    end: () => window_.setFollowing(true),
    move: (rows) => window_.moveBy(rows * 18),
    pages: window_.movePages,
    wrap: toggleWrap,
    where: () => setWhereOpen(true),
    all: picked.selectAll,
    copy: () => void copy(),
    escape: () => picked.select(null),
    hasSelection: () => picked.selection !== null,
  })

  const gaps = new Set([...(gap ? [gap] : []), ...(info?.gaps ?? [])])
  const actions = useStable({
    onFilter(next: LogFilter) {
      setFilter(next)
      setAsked(null)
      shownFor.current = ''
      picked.select(null)
    },
    onQuery(next: LogQuery) {
      setQuery(next)
      setAsked(null)
    },
    onStep: step,
    onLeave: () => box.current?.focus(),
  })
  const footActions = useStable({
    onShow: (next: LogShow) => void writeSettings({ log: next }).catch(showError),
    onWhereOpen: setWhereOpen,
    onWhere: (where: { line: number } | { at: number }) => void goTo(where),
  })

  useEffect(() => {
    if (only) actions.onFilter({ groups: only.groups, kind: null })
  }, [only])

  const labels = groups.length > 1 && filter.groups?.length !== 1
  return (
    <section className={css.viewer} aria-label={`Log of ${name}`}>
      <LogHead
        name={name}
        log={log}
        streams={streams}
        groups={groups}
        about={about}
        problem={problem}
        filter={filter}
        times={show.times}
        names={labels}
        field={field}
        query={query}
        queryProblem={search.problem}
        hits={hits}
        current={current}
        {...actions}
      />
      {gaps.size > 0 && (
        <ul className={css.gaps}>
          {[...gaps].map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
      {frame?.error && info && <p className={css.stale}>Nothing newer can be read: {frame.error.why || frame.error.what}</p>}
      <div className={css.body}>
        <LogRows
          ref={box}
          id={id}
          name={name}
          frame={frame}
          show={show}
          groups={labels ? groups : null}
          hits={hits.lines}
          current={current === null ? null : (hits.lines[current] ?? null)}
          marks={search.marks}
          marked={marked}
          selection={picked.selection}
          handlers={picked.handlers}
        >
          {info
            ? lines + frame!.unfinished.length === 0 && <p className={css.empty}>{emptyWords(info.live, streams, empty)}</p>
            : frame && <NotRead error={frame.error} />}
        </LogRows>
        <LogStrip
          first={info?.firstLine ?? 0}
          count={lines}
          from={frame?.from ?? 0}
          to={frame?.to ?? 0}
          rows={strip}
          hits={hits.lines}
          controls={id}
          onMove={window_.moveTo}
        />
        {frame && info?.live && !frame.following && (
          <div className={css.paused} role="status">
            <strong>Paused{frame.since > 0 && <span className="tabular">, {count(frame.since, 'new line')}</span>}</strong>
            <button type="button" aria-keyshortcuts="f" onClick={() => window_.setFollowing(true)}>
              Follow <Key>F</Key>
            </button>
          </div>
        )}
      </div>
      <LogFoot
        from={frame?.from ?? 0}
        to={Math.min(frame?.to ?? 0, lines)}
        lines={lines}
        bytes={info?.bytes ?? 0}
        words={said || selectedWords(picked.selection) || hitWords(current, hits.lines)}
        show={show}
        withErr={groups.some(({ streams }) => streams.some(({ kind, lines }) => kind === 'err' && lines > 0))}
        withHits={hits.lines.length > 0}
        until={info?.lastAt ?? Date.now()}
        whereOpen={whereOpen}
        {...footActions}
      />
    </section>
  )
}

function NotRead({ error }: { error: ErrorData | null }) {
  if (error === null) return <Loading>Reading the log…</Loading>
  return (
    <div className={css.failed}>
      <ErrorBlock error={error} />
    </div>
  )
}

const nearest = (hits: readonly number[], from: number) => {
  const at = hitAtOrAfter(hits, from)
  return at < hits.length ? at : Math.max(0, hits.length - 1)
}

function emptyWords(live: boolean, streams: LogView['streams'], empty: string | undefined): string {
  if (streams !== null) return live ? 'Nothing of this kind so far.' : 'Nothing of this kind was written.'
  return empty ?? (live ? 'Nothing was written yet.' : 'Nothing was written.')
}

function selectedWords(selection: Parameters<typeof ends>[0] | null): string {
  if (!selection) return ''
  const { from, to } = ends(selection)
  const lines = to.n - from.n + 1
  return lines === 1 ? '' : `${count(lines, 'line')} selected`
}

const hitWords = (current: number | null, hits: readonly number[]) =>
  current === null ? '' : `hit ${number(current + 1)} of ${number(hits.length)}: line ${number(hits[current]! + 1)}`
