import { ActionIcon, Button, PasswordInput, TextInput } from '@mantine/core'
import { IconLock, IconPlus, IconX } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { removeKey, setValue, written } from './edit-text.ts'
import { FieldHead, useTyped } from './field.tsx'
import type { FormProps } from './form.ts'
import { isAt, type Missing } from './marks.ts'
import { linesOf, linesWords } from './outline.ts'
import css from './task.module.css'

const NAME = /^[A-Za-z_]\w*$/

/** Variables and secrets with their values. Those of secrets, and those that the file leaves open, are handed over at the start and stay out of the text. */
export function Variables(props: FormProps) {
  const { task, outline, broken, marks, given, onGiven, onEdit } = props
  const rows = (['envs', 'secrets'] as const).flatMap((of) =>
    Object.entries(task?.[of] ?? {}).map(([name, value]) => ({ of, name, value })),
  )
  const lines = (['envs', 'secrets'] as const)
    .map((of) => linesWords(outline && linesOf(outline, [of])))
    .filter(Boolean)
    .join(', ')
  const give = ({ of, name }: Missing, value: string) => onGiven({ ...given, [of]: { ...given[of], [name]: value } })
  return (
    <div>
      <FieldHead
        label="Variables and secrets"
        lines={lines}
        mark={marks.find((mark) => isAt(mark, ['envs']) || isAt(mark, ['secrets']))}
      />
      <div className={css.variables}>
        {rows.map((row) => (
          <div key={`${row.of}.${row.name}`} className={css.variable}>
            <code title={row.name}>{row.name}</code>
            <Value
              {...row}
              given={given[row.of][row.name] ?? ''}
              disabled={broken}
              onGive={(value) => give(row, value)}
              onWrite={(value) => onEdit((now) => setValue(now, [row.of, row.name], written(value)))}
            />
            <span>
              {row.of === 'secrets' && <IconLock size={14} stroke={1.75} role="img" aria-label="secret" color="var(--text-3)" />}
            </span>
            <ActionIcon
              size={22}
              aria-label={`Remove ${row.name}`}
              disabled={broken}
              onClick={() => onEdit((now) => removeKey(now, [row.of, row.name]))}
            >
              <IconX size={13} />
            </ActionIcon>
          </div>
        ))}
        <NewVariable
          taken={rows.map(({ name }) => name)}
          disabled={broken}
          onAdd={(of, name) => onEdit((now) => setValue(now, [of, name], of === 'envs' ? '""' : 'null'))}
        />
      </div>
    </div>
  )
}

type ValueProps = Missing & {
  value: string | null
  given: string
  disabled: boolean
  onGive(value: string): void
  onWrite(value: string): void
}

function Value({ of, name, value, given, disabled, onGive, onWrite }: ValueProps) {
  const [typed, setTyped] = useTyped(value ?? given)
  const open = value === null
  const common = {
    id: valueId(of, name),
    'aria-label': of === 'secrets' ? `${name}, secret` : name,
    size: 'xs' as const,
    variant: 'unstyled' as const,
    autoComplete: 'off',
    spellCheck: false,
    readOnly: disabled && !open,
    placeholder: open ? 'needs a value' : 'empty',
    value: typed.text,
    'data-missing': open && given === '',
    onFocus: () => setTyped({ text: typed.text, here: true }),
    onBlur: () => setTyped({ text: value ?? given, here: false }),
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => {
      setTyped({ text: currentTarget.value, here: true })
      if (open) onGive(currentTarget.value)
      else onWrite(currentTarget.value)
    },
  }
  // A browser's own store of passwords has no business here.
  if (of === 'secrets')
    return (
      <PasswordInput
        {...common}
        autoComplete="new-password"
        classNames={{ innerInput: css.mono }}
        visibilityToggleButtonProps={{ 'aria-label': `Show ${name}` }}
      />
    )
  return <TextInput {...common} classNames={{ input: css.mono }} />
}

export const valueId = (of: string, name: string) => `value-${of}-${name}`

function NewVariable({
  taken,
  disabled,
  onAdd,
}: {
  taken: string[]
  disabled: boolean
  onAdd(of: 'envs' | 'secrets', name: string): void
}) {
  const [name, setName] = useState('')
  const hint = useId()
  const problem = name !== '' && (!NAME.test(name) ? 'letters, digits and _' : taken.includes(name) ? 'there is one' : null)
  const add = (of: 'envs' | 'secrets') => {
    if (!NAME.test(name) || taken.includes(name)) return
    onAdd(of, name)
    setName('')
    // The value is what comes next; its field is there after the text was read again.
    setTimeout(() => document.getElementById(valueId(of, name))?.focus(), 100)
  }
  return (
    <div className={css.variable} data-new>
      <TextInput
        aria-label="Name of a new variable"
        aria-describedby={hint}
        size="xs"
        variant="unstyled"
        autoComplete="off"
        spellCheck={false}
        placeholder="NEW_VARIABLE"
        classNames={{ input: css.mono }}
        disabled={disabled}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && add('envs')}
      />
      <span id={hint} className={css.hint} data-wrong={Boolean(problem)}>
        {problem}
      </span>
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<IconPlus size={12} />}
        disabled={disabled || name === '' || Boolean(problem)}
        onClick={() => add('envs')}
      >
        Variable
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<IconLock size={12} />}
        disabled={disabled || name === '' || Boolean(problem)}
        onClick={() => add('secrets')}
      >
        Secret
      </Button>
    </div>
  )
}
