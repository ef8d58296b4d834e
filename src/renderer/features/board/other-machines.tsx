import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Place } from '../../../shared/place.ts'
import { hostWords } from '../../../shared/pool.ts'
import { useHealth } from '../../data/live.ts'
import { placeState, poolGpuWords, poolHosts } from '../../data/place-words.ts'
import { count } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { LinkButton } from '../../ui/link-button.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import table from '../../ui/table.module.css'
import page from './first-start.module.css'
import css from './other-machines.module.css'

/** As many as a glance takes; all are on the page that adds them. */
const SHOWN = 6

/** The pools that are set up, and the machines that the user's own files name. Nobody is contacted for them. */
export function OtherMachines({ pools }: { pools: Place[] }) {
  const found = useQuery({ queryKey: ['found'], queryFn: () => api.places.found(), staleTime: 0 })
  const known = new Set(pools.flatMap((pool) => poolHosts(pool).map(hostWords)))
  const hosts = (found.data?.groups ?? []).flatMap((group) => group.hosts).filter((host) => !known.has(hostWords(host)))
  return (
    <section className={page.section}>
      <div className={page.sectionHead}>
        <h2>{pools.length > 0 ? 'Machines you added' : 'Machines elsewhere'}</h2>
        <span>
          {hosts.length > 0
            ? `${count(hosts.length, 'machine')} found in your files, not contacted`
            : 'reached over SSH, without root'}
        </span>
        <LinkButton to="/places/add" leftSection={<IconPlus size={15} stroke={1.75} />}>
          Add machines
        </LinkButton>
      </div>
      <ul className={table.rows}>
        {pools.map((pool) => (
          <PoolRow key={pool.id} pool={pool} />
        ))}
        {hosts.slice(0, SHOWN).map((host) => (
          <li key={`${host.file}:${host.line} ${hostWords(host)}`} className={`${table.row} ${css.row}`}>
            <StateDot tone="off" word="found, not contacted" />
            <span className={table.name}>{hostWords(host)}</span>
            <span>
              {[host.address, host.through.length > 0 && `by way of ${host.through.join(', ')}`].filter(Boolean).join(', ')}
            </span>
            <span className={table.end}>{host.problem ?? host.file}</span>
          </li>
        ))}
        {hosts.length > SHOWN && (
          <li className={`${table.row} ${css.row}`}>
            <span />
            <span>{hosts.length - SHOWN} more</span>
          </li>
        )}
        {hosts.length === 0 && pools.length === 0 && (
          <li className={`${table.row} ${css.row}`}>
            <StateDot tone="off" word="none" />
            <span className={table.name}>None yet</span>
            <span>Name the machines you have: from ~/.ssh/config, as user@host lines, or by hand.</span>
          </li>
        )}
      </ul>
    </section>
  )
}

function PoolRow({ pool }: { pool: Place }) {
  const health = useHealth(pool.id)
  const { tone, word, note } = placeState(pool, health)
  return (
    <li className={`${table.row} ${css.row}`}>
      <StateDot tone={tone} word={word} />
      <PlainLink to={`/places/${pool.id}`} className={table.name}>
        {pool.name}
      </PlainLink>
      <span>{[note, poolGpuWords(health), word].filter(Boolean).join(' · ')}</span>
      <span className={table.end}>
        <LinkButton to="/launch" search={{ place: pool.id }}>
          Launch
        </LinkButton>
      </span>
    </li>
  )
}
