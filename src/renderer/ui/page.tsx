import { ActionIcon, Tooltip } from '@mantine/core'
import { spotlight } from '@mantine/spotlight'
import { IconChevronRight, IconPlus, IconSearch } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { Bell } from './bell.tsx'
import { Key } from './key.tsx'
import { LinkButton } from './link-button.tsx'
import css from './page.module.css'

type Props = {
  /** For the window's title. */
  title: string
  /** The left of the bar: a heading, or a breadcrumb and facts. */
  lead?: ReactNode
  /** What this page can do, instead of the search field and Launch; null for nothing. */
  actions?: ReactNode
  /** The page has a primary button of its own: Launch steps back. */
  quiet?: boolean
  children: ReactNode
}

/** A view: the bar on top, and what it shows below. */
export function Page({ title, lead, actions, quiet = false, children }: Props) {
  useEffect(() => {
    document.title = title === 'Styx' ? title : `${title} · Styx`
  }, [title])
  return (
    <main className={css.page}>
      <header className={css.bar}>
        <div className={css.lead}>{lead ?? <h1>{title}</h1>}</div>
        <div className={css.end}>
          {actions}
          {actions === undefined ? <SearchField /> : <SearchButton />}
          <Bell />
          {actions === undefined && (
            <LinkButton to="/launch" variant={quiet ? 'default' : 'filled'} leftSection={<IconPlus size={15} />}>
              Launch
            </LinkButton>
          )}
        </div>
      </header>
      <div className={css.body}>{children}</div>
    </main>
  )
}

/** The part of a page that scrolls. */
export function Scroll({ children }: { children: ReactNode }) {
  return <div className={css.scroll}>{children}</div>
}

/** Which view this page lies below. */
export function Crumb({ below = 'Board' }: { below?: 'Board' | 'Jobs' }) {
  return (
    <span className={css.crumb}>
      <Link to={below === 'Board' ? '/' : '/jobs'}>{below}</Link>
      <IconChevronRight size={14} aria-hidden />
    </span>
  )
}

const isMac = navigator.platform.startsWith('Mac')
export const modKey = isMac ? '⌘' : 'Ctrl'

function SearchField() {
  return (
    <button type="button" className={css.search} onClick={spotlight.open}>
      <IconSearch size={15} stroke={1.75} aria-hidden />
      <span>Go to a cluster, run a command…</span>
      <Key>{modKey} K</Key>
    </button>
  )
}

function SearchButton() {
  return (
    <Tooltip label={`Go anywhere, do anything (${modKey} K)`}>
      <ActionIcon aria-label="Go to a cluster, run a command" onClick={spotlight.open}>
        <IconSearch size={16} stroke={1.75} />
      </ActionIcon>
    </Tooltip>
  )
}
