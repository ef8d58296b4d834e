import { ActionIcon, TextInput, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { memo } from 'react'
import type { DraftField, DraftHost } from './pool-draft.ts'
import css from './places.module.css'

const fields: { field: DraftField; label: string; placeholder: string }[] = [
  { field: 'host', label: 'Host', placeholder: 'name or address' },
  { field: 'user', label: 'User', placeholder: 'as ssh does' },
  { field: 'port', label: 'Port', placeholder: '22' },
  { field: 'identityFile', label: 'Key file', placeholder: '~/.ssh/id_ed25519' },
  { field: 'jump', label: 'Through', placeholder: 'no jump host' },
]

/** What stands above the rows. */
export function MachineHead() {
  return (
    <div className={css.machine} aria-hidden="true">
      {fields.map(({ field, label }) => (
        <span key={field} className={css.columnName}>
          {label}
        </span>
      ))}
    </div>
  )
}

type Props = {
  draft: DraftHost
  number: number
  problem: { field: DraftField; why: string } | undefined
  onChange(key: string, field: DraftField, text: string): void
  onRemove(key: string): void
}

/** One machine of a pool, to be written or changed. What is empty is decided by ~/.ssh/config. */
export const MachineFields = memo(function MachineFields({ draft, number, problem, onChange, onRemove }: Props) {
  const name = draft.host.trim() || `machine ${number}`
  return (
    <li className={css.machine}>
      {fields.map(({ field, label, placeholder }) => (
        <TextInput
          key={field}
          aria-label={`${label} of machine ${number}`}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={draft[field]}
          error={problem?.field === field ? problem.why : null}
          onChange={({ currentTarget }) => onChange(draft.key, field, currentTarget.value)}
        />
      ))}
      <Tooltip label="Take it out">
        <ActionIcon aria-label={`Take ${name} out`} onClick={() => onRemove(draft.key)}>
          <IconX size={15} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
    </li>
  )
})
