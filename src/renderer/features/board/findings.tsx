import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconInfoCircle, IconPuzzle, IconRefresh } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import type { Finding, Place } from '../../../shared/place.ts'
import { useHealth } from '../../data/live.ts'
import { api } from '../../rpc/connection.ts'
import { Ago } from '../../ui/ago.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { showError } from '../../ui/notice.tsx'
import table from '../../ui/table.module.css'
import { calloutOf } from './callout.ts'
import css from './findings.module.css'
import page from './first-start.module.css'

const icons = { ok: IconCheck, note: IconInfoCircle, missing: IconPuzzle, problem: IconAlertTriangle }
const words = { ok: 'there', note: 'good to know', missing: 'missing', problem: 'a problem' }
const order = ['problem', 'missing', 'note', 'ok'] as const

/** What was found on the machine, what is missing first, each with the way out. */
export function Findings({ place }: { place: Place }) {
  const health = useHealth(place.id)
  const check = useMutation({ mutationFn: () => api.places.check({ placeId: place.id }), onError: showError })
  if (!health) return null
  const findings = health.findings
    .filter((finding) => finding !== calloutOf(health))
    .sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
  const missing = findings.filter(({ level }) => level === 'missing').length
  return (
    <section className={page.section}>
      <div className={page.sectionHead}>
        <h2>{missing > 0 ? 'Missing, and the way out' : 'Found on this machine'}</h2>
        <span>
          {health.usable && 'nothing here stops you · '}
          <Ago at={health.at} before="looked " />
        </span>
        <Button
          variant="subtle"
          leftSection={<IconRefresh size={15} stroke={1.75} />}
          loading={check.isPending}
          onClick={() => check.mutate()}
        >
          Look again
        </Button>
      </div>
      <ul className={table.rows}>
        {findings.map((finding) => (
          <FindingRow key={finding.what} finding={finding} />
        ))}
      </ul>
    </section>
  )
}

function FindingRow({ finding }: { finding: Finding }) {
  const Icon = icons[finding.level]
  return (
    <li className={`${table.row} ${css.row}`}>
      <span className={css.icon} data-level={finding.level}>
        <Icon size={16} stroke={1.75} role="img" aria-label={words[finding.level]} />
      </span>
      <span className={table.name}>{finding.what}</span>
      <span>{[finding.why, finding.wayOut].filter(Boolean).join(' ')}</span>
      <span className={table.end}>
        {finding.command && (
          <span className={table.command}>
            <code title={finding.command}>{finding.command}</code>
            <CopyButton text={finding.command} label="Copy the command" />
          </span>
        )}
      </span>
    </li>
  )
}
