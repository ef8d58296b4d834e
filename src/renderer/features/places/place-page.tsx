import { Button } from '@mantine/core'
import { IconPencil, IconPlus, IconRefresh, IconTrash } from '@tabler/icons-react'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { Place } from '../../../shared/place.ts'
import { useClusters, useHealth } from '../../data/live.ts'
import { placeState, poolGpuWords, poolHosts } from '../../data/place-words.ts'
import { count, hasEnded } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { Ago } from '../../ui/ago.tsx'
import { checkPlace } from '../../ui/check-place.ts'
import { confirm } from '../../ui/confirm.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Crumb, Page, Scroll } from '../../ui/page.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import { HostTable } from './host-table.tsx'
import { NoPool, usePool } from './no-pool.tsx'
import table from './host-table.module.css'
import css from './places.module.css'

const route = getRouteApi('/places/$placeId')

/** A pool of machines: a row for each, as it was seen last and as it is being checked now. */
export function PlacePage() {
  const pool = usePool(route.useParams().placeId)
  return pool ? <Pool pool={pool} /> : <NoPool />
}

function Pool({ pool }: { pool: Place }) {
  const health = useHealth(pool.id)
  const clusters = useClusters().filter((cluster) => cluster.placeId === pool.id && !hasEnded(cluster))
  const { tone, word, note } = placeState(pool, health)
  const checking = health?.hosts.some(({ state }) => state === 'checking') ?? false
  const go = useNavigate()
  return (
    <Page
      title={pool.name}
      lead={
        <>
          <Crumb />
          <StateDot tone={tone} word={word} />
          <h1>{pool.name}</h1>
        </>
      }
      actions={
        <>
          <Button leftSection={<IconRefresh size={15} stroke={1.75} />} disabled={checking} onClick={() => checkPlace(pool.id)}>
            {checking ? 'Being checked…' : health ? 'Check again' : 'Check'}
          </Button>
          <LinkButton
            to="/places/$placeId/change"
            params={{ placeId: pool.id }}
            leftSection={<IconPencil size={15} stroke={1.75} />}
          >
            Change…
          </LinkButton>
          {clusters.length === 0 && (
            <Button
              leftSection={<IconTrash size={15} stroke={1.75} />}
              onClick={() => askRemove(pool, () => void go({ to: '/' }))}
            >
              Remove…
            </Button>
          )}
          <LinkButton to="/launch" search={{ place: pool.id }} variant="filled" leftSection={<IconPlus size={15} />}>
            Launch
          </LinkButton>
        </>
      }
    >
      <Scroll>
        <div className={css.page}>
          <section className={css.section}>
            <div className={css.sectionHead}>
              <h2>Its machines</h2>
              <span>
                {[note, poolGpuWords(health)].filter(Boolean).join(' · ')}
                {health ? (
                  <>
                    {' · '}
                    <Ago at={health.at} before={checking ? 'being checked, heard ' : 'checked '} />
                  </>
                ) : (
                  ' · nobody contacted since Styx started'
                )}
              </span>
            </div>
            <HostTable pool={pool} health={health} />
          </section>
          {clusters.length > 0 && (
            <section className={css.section}>
              <div className={css.sectionHead}>
                <h2>Clusters on it</h2>
                <span>The pool can be removed when none is left.</span>
              </div>
              <p className={table.holders}>
                {clusters.map(({ id, name }, i) => (
                  <span key={id}>
                    {i > 0 && ', '}
                    <PlainLink to={`/clusters/${id}`}>{name}</PlainLink>
                  </span>
                ))}
              </p>
            </section>
          )}
        </div>
      </Scroll>
    </Page>
  )
}

function askRemove(pool: Place, onRemoved: () => void): void {
  confirm({
    title: `Remove ${pool.name}?`,
    keep: 'Keep it',
    children: (
      <p>
        Styx forgets {count(poolHosts(pool).length, 'machine')} and the ended clusters that were there. Nothing on the machines is
        touched, and your ~/.ssh/config stays as it is.
      </p>
    ),
    choices: [
      {
        label: `Remove ${pool.name}`,
        danger: true,
        run: async () => {
          await api.places.remove({ placeId: pool.id })
          onRemoved()
        },
      },
    ],
  })
}
