import { IconMessageQuestion } from '@tabler/icons-react'
import { showAsk } from '../data/asking.ts'
import { useAsks } from '../data/live.ts'
import { count } from '../data/words.ts'
import css from './waiting-asks.module.css'

/** Questions that wait for the user, however far the page is from what asks. */
export function WaitingAsks() {
  const asks = useAsks()
  const [oldest] = asks
  return (
    oldest && (
      <button type="button" className={css.asks} onClick={() => showAsk(oldest.id)}>
        <IconMessageQuestion size={16} stroke={1.75} aria-hidden />
        {count(asks.length, 'question waits', 'questions wait')} for you
      </button>
    )
  )
}
