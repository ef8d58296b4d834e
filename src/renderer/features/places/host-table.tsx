import { IconAlertTriangle, IconInfoCircle, IconPuzzle } from '@tabler/icons-react'
import { holdersOf, holdersOfGpu } from '../../../shared/holders.ts'
import type { MachineFacts } from '../../../shared/machine.ts'
import { memoryWords } from '../../../shared/memory-words.ts'
import type { Finding, Health, HostHealth, Place } from '../../../shared/place.ts'
import { hostWords, type PoolHost } from '../../../shared/pool.ts'
import { askOfHost } from '../../data/asking.ts'
import { changedKeyOf, isChangedKey } from '../../data/changed-key.ts'
import { useAllNodes, useAsks, useClusters } from '../../data/live.ts'
import { hostState, poolHosts } from '../../data/place-words.ts'
import { count, gpuNumbers, gpuWords } from '../../data/words.ts'
import { AskNote } from '../../ui/ask-note.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Note } from '../../ui/note.tsx'
import { PlainLink } from '../../ui/plain-link.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import table from '../../ui/table.module.css'
import { throughWords } from './found-machines.tsx'
import css from './host-table.module.css'

/** A row for each machine of a pool: does it answer, who is let in, what it is, who holds its GPUs; below it what is missing. */
export function HostTable({ pool, health }: { pool: Place; health: Health | undefined }) {
  return (
    <div className={`${table.rows} ${css.hosts}`}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Machine</th>
            <th>State</th>
            <th>System</th>
            <th>GPUs</th>
            <th>Held by</th>
            <th data-number>Disk free</th>
          </tr>
        </thead>
        <tbody>
          {poolHosts(pool).map((host) => (
            <HostRows key={host.id} pool={pool} host={host} row={health?.hosts.find(({ hostId }) => hostId === host.id)} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function HostRows({ pool, host, row }: { pool: Place; host: PoolHost; row: HostHealth | undefined }) {
  const asks = useAsks()
  const ask = row ? askOfHost(asks, row) : null
  const changed = changedKeyOf(host.id, { row, clusters: useClusters(), nodes: useAllNodes() })
  const error = changed ?? row?.error
  const { tone, word } = changed ? ({ tone: 'failed', word: 'host key changed' } as const) : hostState(row, ask)
  const facts = row?.facts
  const name = hostWords(host)
  const address = row && [row.address === name ? '' : row.address, throughWords(row.through)].filter(Boolean).join(', ')
  const unknown = row?.state === 'checking' ? '…' : '–'
  const missing = (row?.findings ?? []).filter(({ level }) => level !== 'ok')
  const more = ask || error || missing.length > 0
  return (
    <>
      <tr>
        <td>
          <span className={table.name}>{name}</span>
          {address && <small>{address}</small>}
        </td>
        <td>
          <StateDot tone={tone} />
          &ensp;{word}
        </td>
        <td>
          {facts ? facts.os : unknown}
          {facts && (
            <small>
              {[
                facts.cores && count(facts.cores, 'core'),
                facts.memory_MiB && memoryWords(facts.memory_MiB),
                facts.python && `Python ${facts.python}`,
              ]
                .filter(Boolean)
                .join(', ')}
            </small>
          )}
        </td>
        <td>{facts ? gpuWords(facts) : unknown}</td>
        <td>{facts && row ? <Holders row={row} facts={facts} /> : unknown}</td>
        <td data-number>{facts?.diskFree_MiB == null ? unknown : memoryWords(facts.diskFree_MiB)}</td>
      </tr>
      {more && (
        <tr data-more>
          <td colSpan={6}>
            <div className={css.more}>
              {ask && <AskNote ask={ask} />}
              {error && <Problem pool={pool} host={host} error={error} />}
              {missing.map((finding) => (
                <FindingLine key={finding.what} finding={finding} />
              ))}
            </div>
          </td>
        </tr>
      )}
    </>
  )
}

function Problem({ pool, host, error }: { pool: Place; host: PoolHost; error: NonNullable<HostHealth['error']> }) {
  if (!isChangedKey(error)) return <ErrorBlock error={error} tone="needs" />
  return (
    <Note
      tone="failed"
      title="It shows another host key than the one you trusted"
      actions={
        <LinkButton to="/places/$placeId/hosts/$hostId" params={{ placeId: pool.id, hostId: host.id }}>
          What this means
        </LinkButton>
      }
    >
      Styx hung up before logging in. No password, no key and no command went there.
    </Note>
  )
}

const icons = { ok: IconInfoCircle, note: IconInfoCircle, missing: IconPuzzle, problem: IconAlertTriangle }
const words = { ok: 'there', note: 'good to know', missing: 'missing', problem: 'a problem' }

function FindingLine({ finding }: { finding: Finding }) {
  const Icon = icons[finding.level]
  return (
    <div className={css.finding} data-level={finding.level}>
      <Icon size={15} stroke={1.75} role="img" aria-label={words[finding.level]} />
      <span>{finding.what}</span>
      <small>{[finding.why, finding.wayOut].filter(Boolean).join(' ')}</small>
      {finding.command && (
        <span className={table.command}>
          <code title={finding.command}>{finding.command}</code>
          <CopyButton text={finding.command} label="Copy the command" />
        </span>
      )}
    </div>
  )
}

/** The clusters that live on it, and whatever else computes on its GPUs. */
function Holders({ row, facts }: { row: HostHealth; facts: MachineFacts }) {
  const nodes = useAllNodes()
  const clusters = useClusters()
  const all = Object.values(nodes).flat()
  const holders = holdersOf(facts.machineId, all)
  const gpusOf = (clusterId: string) =>
    facts.gpus.flatMap(({ uuid }, index) => (holdersOfGpu(facts.machineId, uuid, all).includes(clusterId) ? [index] : []))
  const processes = row.processes ?? []
  return (
    <span className={css.holders}>
      {holders.map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <PlainLink to={`/clusters/${id}`}>{clusters.find((cluster) => cluster.id === id)?.name ?? 'a cluster'}</PlainLink>
          {facts.gpus.length > 0 && ` (${gpuNumbers(gpusOf(id))})`}
        </span>
      ))}
      {holders.length === 0 && processes.length === 0 && 'nobody'}
      {processes.length > 0 && (
        <small>
          {processes
            .slice(0, 3)
            .map(({ command, user, memory_MiB }) =>
              [command ?? 'a process', user && `of ${user}`, memory_MiB !== null && memoryWords(memory_MiB)]
                .filter(Boolean)
                .join(' '),
            )
            .join('; ')}
          {processes.length > 3 && ` and ${processes.length - 3} more`}
        </small>
      )}
    </span>
  )
}
