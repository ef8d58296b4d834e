import { Button } from '@mantine/core'
import { IconPlugConnectedX, IconTerminal2, IconX } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { Terminal, TerminalSize } from '../../../shared/terminal.ts'
import { rememberSize, reopenTerminal, stepTab } from '../../data/dock.ts'
import { useSettings } from '../../data/live.ts'
import { api } from '../../rpc/connection.ts'
import { Ago } from '../../ui/ago.tsx'
import { onInkChange } from '../../ui/ink.ts'
import { keyOf } from './keys.ts'
import type { LinkShown } from './links.ts'
import { openLink } from './open-link.tsx'
import { paste } from './paste.tsx'
import { joinStream } from './replayed-stream.ts'
import { SearchBar } from './search-bar.tsx'
import css from './terminal-pane.module.css'
import { typeInto } from './type-to-all.ts'
import { openXterm, type XtermView } from './xterm-view.ts'

type Props = {
  terminal: Terminal
  visible: boolean
  /** The only one in its tab, whose close button then is its own. */
  alone: boolean
  /** It has the keyboard. */
  focused: boolean
  /** Typing goes to several: this one is among them or left out, and who else gets what is typed here. Null: to each alone. */
  along: { isIn: boolean; others: readonly string[]; onToggle(): void } | null
  searching: boolean
  onFocus(): void
  onSearch(open: boolean): void
  onTitle(title: string): void
  onCloseAsked(): void
}

/** The shell is told its size when a drag rests, not at every pixel of it. */
const SIZE_REST_MS = 60
const FONT = '13px "JetBrains Mono Variable"'
const isMac = navigator.platform.startsWith('Mac')
const modifier = isMac ? '⌘' : 'Ctrl'

/** One shell on the screen. It is made when it is first seen, and kept while its tab is hidden. */
export function TerminalPane(props: Props) {
  const { terminal, visible, alone, focused, along, searching, onFocus, onSearch, onCloseAsked } = props
  const settings = useSettings().terminal
  const host = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(visible)
  const [view, setView] = useState<XtermView | null>(null)
  const [link, setLink] = useState<LinkShown | null>(null)
  const [problem, setProblem] = useState('')
  if (visible && !seen) setSeen(true)

  // What the imperative side calls back is always the newest.
  const now = useRef(props)
  now.current = props
  const others = () => now.current.along?.others ?? []
  const firstSettings = useRef(settings)
  /** While xterm takes a pasted text: the others get it whole. */
  const pasting = useRef(false)
  const stream = useRef<ReturnType<typeof joinStream> | null>(null)

  useEffect(() => {
    const element = host.current
    if (!seen || !element) return
    let gone = false
    let close = () => {}
    document.fonts
      .load(FONT)
      .catch(() => {}) // then xterm measures what there is
      .then(() => {
        if (gone) return
        const opened = openXterm({
          element,
          settings: firstSettings.current,
          links: { onHover: setLink, onOpen: openLink },
          onSize: (size) => tellSize(now.current.terminal, size),
          onTitle: (title) => now.current.onTitle(title),
        })
        opened.terminal.attachCustomKeyEventHandler((event) => keys(event, opened, (open) => now.current.onSearch(open)))
        opened.setVisible(now.current.visible)
        opened.fit()
        const joined = joinStream(opened.terminal, {
          terminalId: terminal.id,
          onEnd: setProblem,
          onSent: (data) => {
            const key = pasting.current ? null : keyOf(data)
            if (key) typeInto(others(), key)
          },
        })
        stream.current = joined
        close = () => {
          joined.close()
          opened.dispose()
        }
        setView(opened)
      })
    return () => {
      gone = true
      close()
      setView(null)
    }
  }, [seen, terminal.id])

  const lives = terminal.ended === null
  useEffect(() => {
    if (!view || !lives) return
    setProblem('')
    stream.current?.resume()
    if (now.current.focused) view.terminal.focus() // the button that asked for it is gone
    // The new shell has the size of the old one, the window perhaps another by now.
    tellSize(now.current.terminal, { cols: view.terminal.cols, rows: view.terminal.rows })
  }, [view, lives])
  useEffect(() => view?.setOptions(settings), [view, settings])
  useEffect(() => (view ? onInkChange(view.setTheme) : undefined), [view])
  useEffect(() => {
    const element = host.current
    view?.setVisible(visible)
    if (!view || !visible || !element) return
    let frame = 0
    const watch = new ResizeObserver(() => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(view.fit)
    })
    watch.observe(element)
    return () => {
      cancelAnimationFrame(frame)
      watch.disconnect()
    }
  }, [view, visible])
  useEffect(() => {
    if (view && visible && focused && !searching) view.terminal.focus()
  }, [view, visible, focused, searching])

  useEffect(() => {
    const element = host.current
    if (!view || !element) return
    const onPaste = (event: ClipboardEvent) => {
      event.preventDefault()
      event.stopPropagation()
      const type = (text: string) => {
        pasting.current = true
        view.terminal.paste(text)
        pasting.current = false
        typeInto(others(), { is: 'paste', text })
      }
      paste(view.terminal, event.clipboardData?.getData('text/plain') ?? '', { shells: others().length + 1, type })
    }
    element.addEventListener('paste', onPaste, true) // before xterm's own
    return () => element.removeEventListener('paste', onPaste, true)
  }, [view])

  const why = problem || terminal.ended?.why
  return (
    <section
      className={css.pane}
      aria-label={`Terminal ${terminal.title}`}
      data-focused={focused || undefined}
      data-along={along ? (along.isIn ? 'in' : 'out') : undefined}
      onFocus={() => {
        onFocus()
        // Another window may have given the shell its own size.
        if (view) tellSize(terminal, { cols: view.terminal.cols, rows: view.terminal.rows })
      }}
    >
      <div className={css.screen}>
        <div className={css.host} ref={host} />
        {searching && view && <SearchBar search={view.search} onClose={() => onSearch(false)} />}
        {along && (
          <button type="button" className={css.along} aria-pressed={along.isIn} onClick={along.onToggle}>
            {terminal.title}: {along.isIn ? 'types along' : 'left out'}
          </button>
        )}
        {!along && !alone && !searching && (
          <button type="button" className={css.close} aria-label={`Close ${terminal.title} alone`} onClick={onCloseAsked}>
            <span>{terminal.title}</span>
            <IconX size={13} stroke={2} aria-hidden />
          </button>
        )}
        {link && (
          <div className={css.link} role="status">
            <span className={css.target}>{link.target}</span>
            <span>{modifier} click opens it</span>
          </div>
        )}
      </div>
      {terminal.lostAt !== null && (
        <div className={css.ended} role="status">
          <IconPlugConnectedX size={15} stroke={1.75} aria-hidden />
          <p>
            <strong>Connection lost</strong> <Ago at={terminal.lostAt} />
            {terminal.kept
              ? ' · tmux on the node keeps the shell: it is found again by itself'
              : ' · there is no tmux on the node: a new shell is opened when it answers'}
          </p>
        </div>
      )}
      {why && (
        <div className={css.ended} role="status">
          <IconTerminal2 size={15} stroke={1.75} aria-hidden />
          <p>
            <strong>{problem ? 'No text' : 'Ended'}</strong> {why}
            {terminal.ended && (
              <span>
                {' · '}
                <Ago at={terminal.ended.at} />
              </span>
            )}
          </p>
          <Button size="compact-xs" variant="subtle" onClick={onCloseAsked}>
            Close
          </Button>
          <Button size="compact-xs" onClick={() => void reopenTerminal(terminal.id)}>
            New shell here
          </Button>
        </div>
      )}
    </section>
  )
}

const resting = new Map<string, ReturnType<typeof setTimeout>>()

function tellSize(terminal: Terminal, size: TerminalSize): void {
  rememberSize(size)
  clearTimeout(resting.get(terminal.id))
  if (terminal.ended || (terminal.size.cols === size.cols && terminal.size.rows === size.rows)) return
  const tell = () => {
    resting.delete(terminal.id)
    api.terminals.resize({ terminalId: terminal.id, size }).catch(() => {}) // told again with the next change
  }
  resting.set(terminal.id, setTimeout(tell, SIZE_REST_MS))
}

/** Keys of the app; all others are the shell's. False: xterm leaves the key alone. */
function keys(event: KeyboardEvent, view: XtermView, onSearch: (open: boolean) => void): boolean {
  if (event.type !== 'keydown') return true
  if (event.key === '`' && (event.ctrlKey || event.metaKey)) return false
  const ours = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && event.shiftKey
  if (!ours || event.altKey) return true
  switch (event.code) {
    case 'KeyC':
      // The browser's own command: it needs no permission. xterm puts its selection into the event.
      if (view.terminal.hasSelection()) document.execCommand('copy')
      break
    case 'KeyV':
      return false // the browser pastes, and we ask
    case 'KeyF':
      onSearch(true)
      break
    case 'ArrowLeft':
      void stepTab(-1)
      break
    case 'ArrowRight':
      void stepTab(1)
      break
    default:
      return true
  }
  event.preventDefault()
  return false
}
