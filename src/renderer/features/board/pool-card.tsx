import { IconRocket } from '@tabler/icons-react'
import type { Place } from '../../../shared/place.ts'
import { useHealth } from '../../data/live.ts'
import { placeState, poolGpuWords } from '../../data/place-words.ts'
import { Ago } from '../../ui/ago.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { PlaceIcon } from '../../ui/place-icon.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import css from './cluster-card.module.css'

/** A pool of machines on which no cluster lives, as a card among the clusters. */
export function PoolCard({ pool }: { pool: Place }) {
  const health = useHealth(pool.id)
  const { tone, word, note } = placeState(pool, health)
  return (
    <article className={css.card} data-tone={tone === 'failed' ? 'failed' : 'off'} aria-label={pool.name}>
      <header className={css.head}>
        <StateDot tone={tone} word={word} />
        <PlainLink to={`/places/${pool.id}`} className={css.name}>
          {pool.name}
        </PlainLink>
        <span className={css.where}>
          <PlaceIcon kind="ssh" />
          SSH
        </span>
      </header>
      <p className={css.made}>{[note, poolGpuWords(health)].filter(Boolean).join(' · ')}</p>
      <div className={`${css.buttons} ${css.above}`}>
        <LinkButton to="/launch" search={{ place: pool.id }} leftSection={<IconRocket size={14} stroke={1.75} />}>
          Launch a cluster on it
        </LinkButton>
      </div>
      <footer className={css.foot}>
        <span>no cost</span>
        <span />
        {health ? <Ago at={health.at} before="checked " /> : <span>not checked since Styx started</span>}
      </footer>
    </article>
  )
}
