import { Button } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { useEffect } from 'react'
import { errorDataOf } from '../../shared/error.ts'
import { useConnection } from '../rpc/connection.ts'
import { Loading } from '../ui/empty.tsx'
import { ErrorBlock } from '../ui/error-block.tsx'
import { Page } from '../ui/page.tsx'
import { SignedOut } from './signed-out.tsx'

/** A part of the screen that could not be read: the engine was away. The browser does not read it again before the page is loaded anew. */
const UNREAD = /dynamically imported module|module script|preload CSS/i
const RELOADED = 'reloaded-at'
/** What cannot be read again and again is missing: then it is said instead. */
const AGAIN_MS = 30_000

/** A page that broke, in the place of the page. */
export function PageError({ error }: ErrorComponentProps) {
  const connection = useConnection()
  const reloads = UNREAD.test(String(error)) && Date.now() - Number(sessionStorage.getItem(RELOADED)) > AGAIN_MS
  const isOpen = connection.is === 'open'
  useEffect(() => {
    if (!reloads || !isOpen) return
    sessionStorage.setItem(RELOADED, String(Date.now()))
    location.reload()
  }, [reloads, isOpen])
  if (connection.is === 'signed-out') return <SignedOut />
  if (reloads)
    return (
      <Page title="Not read yet">
        <Loading>This page is read as soon as Styx answers again…</Loading>
      </Page>
    )
  return (
    <Page title="Something went wrong">
      <ErrorBlock error={{ ...errorDataOf(error), what: 'This page cannot be shown' }}>
        <Button size="compact-sm" onClick={() => location.reload()}>
          Load it again
        </Button>
      </ErrorBlock>
    </Page>
  )
}
