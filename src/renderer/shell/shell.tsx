import { Notifications } from '@mantine/notifications'
import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useEffect } from 'react'
import { followEngine, liveNow, useLoaded, useSettings } from '../data/live.ts'
import { quitAsked } from '../data/quit.ts'
import { Asks } from '../features/asks/asks.tsx'
import { Notices } from '../features/notices/notices.tsx'
import { Palette } from '../features/palette/palette.tsx'
import { useConnection } from '../rpc/connection.ts'
import { Loading } from '../ui/empty.tsx'
import { ConnectionPill } from './connection-pill.tsx'
import { Ended } from './ended.tsx'
import { Keys } from './keys.tsx'
import css from './shell.module.css'
import { Sidebar } from './sidebar.tsx'
import { SignedOut } from './signed-out.tsx'
import { useGo } from './use-go.ts'
import { useScheme } from './use-scheme.ts'

/** Resolves once the page has nothing better to do; Safari cannot say when that is. */
const idle = () =>
  new Promise<void>((resolve) =>
    'requestIdleCallback' in window ? requestIdleCallback(() => resolve(), { timeout: 1000 }) : setTimeout(resolve, 300),
  )

// The heaviest part is read once the board is painted; a dock that was left open is seen at once.
const Dock = lazy(async () => {
  if (!liveNow()?.settings.dock.open) await idle()
  return { default: (await import('../features/terminal/dock.tsx')).Dock }
})

/** The one window: sidebar, the view, and the dock below it. Shown once the engine told what there is. */
export function Shell() {
  useEffect(() => {
    const stop = new AbortController()
    followEngine(stop.signal)
    return () => stop.abort()
  }, [])
  const connection = useConnection()
  const loaded = useLoaded()
  if (connection.is === 'signed-out') return <SignedOut />
  if (connection.is === 'reconnecting' && quitAsked()) return <Ended />
  if (!loaded)
    return (
      <div className={css.gate}>
        <Loading>{connection.is === 'reconnecting' ? `Styx does not answer: ${connection.why}` : 'Reading the board…'}</Loading>
        <ConnectionPill />
      </div>
    )
  return <Loaded />
}

function Loaded() {
  useScheme()
  useGo()
  const { dock } = useSettings()
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#view">
        Skip to the page
      </a>
      <Sidebar />
      <div className={css.right}>
        <div className={css.view} id="view" tabIndex={-1}>
          <Outlet />
          <Notifications
            position="bottom-right"
            withinPortal={false}
            limit={3}
            containerWidth={340}
            notificationMaxHeight={640}
          />
        </div>
        <Suspense fallback={<div style={{ height: dock.open ? dock.height_px : 0 }} />}>
          <Dock />
        </Suspense>
      </div>
      <Palette />
      <Keys />
      <Notices />
      <Asks />
    </div>
  )
}
