import { CloseButton } from '@mantine/core'
import { useSessionStorage } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { api } from '../../rpc/connection.ts'
import { Note } from '../../ui/note.tsx'
import css from './first-start.module.css'

/** What was found when Styx started, e.g. a damaged database: shown until it is closed, again after the next start. */
export function StartNotices() {
  const info = useQuery({ queryKey: ['info'], queryFn: () => api.app.info() })
  const [closedFor, close] = useSessionStorage({ key: 'start-notices-closed', defaultValue: '' })
  const { notices, engineId } = info.data ?? { notices: [], engineId: '' }
  if (notices.length === 0 || closedFor === engineId) return null
  return (
    <div className={css.notices}>
      <Note
        tone="needs"
        title="When Styx started"
        actions={<CloseButton size="sm" aria-label="Close what was found at the start" onClick={() => close(engineId)} />}
      >
        {notices.join(' ')}
      </Note>
    </div>
  )
}
