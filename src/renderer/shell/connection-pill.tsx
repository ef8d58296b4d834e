import { Button } from '@mantine/core'
import { useNow } from '../data/time.ts'
import { retryNow, useConnection } from '../rpc/connection.ts'
import { StateDot } from '../ui/state-dot.tsx'
import css from './shell.module.css'

/** Says calmly, where it covers nothing, that the engine is out of reach; what is on the screen stays, growing old. */
export function ConnectionPill() {
  const connection = useConnection()
  const now = useNow()
  if (connection.is !== 'reconnecting') return null
  const left_s = Math.ceil((connection.retryAt - now) / 1000)
  return (
    <div className={css.pill} role="status" title={connection.why}>
      <StateDot tone="motion" word="in motion" />
      <span className="tabular">
        Reconnecting…
        <small>
          {left_s > 1 ? `in ${left_s} s` : 'now'}, try {connection.attempt}
        </small>
      </span>
      <Button size="compact-xs" onClick={retryNow}>
        Now
      </Button>
    </div>
  )
}
