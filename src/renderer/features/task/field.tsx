import { TextInput, type TextInputProps } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import type { Mark } from './marks.ts'
import css from './task.module.css'

type Props = Omit<TextInputProps, 'value' | 'onChange' | 'label'> & {
  label: string
  value: string
  /** Where it stands in the text: 'line 4'. */
  lines: string
  mark?: Mark
  onWrite(value: string): void
}

/** A field of the form that is a piece of the text: it says its line, and what is wrong there. */
export function Field({ label, value, lines, mark, onWrite, ...input }: Props) {
  const [typed, setTyped] = useTyped(value)
  return (
    <div>
      <FieldHead label={label} lines={lines} mark={mark} />
      <TextInput
        aria-label={label}
        autoComplete="off"
        spellCheck={false}
        {...input}
        error={mark !== undefined}
        title={mark?.words.replaceAll('`', '')}
        value={typed.text}
        onFocus={() => setTyped({ text: typed.text, here: true })}
        onBlur={() => setTyped({ text: value, here: false })}
        onChange={({ currentTarget }) => {
          setTyped({ text: currentTarget.value, here: true })
          onWrite(currentTarget.value)
        }}
      />
    </div>
  )
}

/** While the user types here, the field shows what was typed; then again what the text has. */
export function useTyped(value: string) {
  const [typed, setTyped] = useState({ text: value, here: false })
  useEffect(() => {
    setTyped((now) => (now.here ? now : { text: value, here: false }))
  }, [value])
  return [typed, setTyped] as const
}

/** What a field is called, and where it stands in the text. */
export function FieldHead({ label, lines, mark, children }: { label: string; lines: string; mark?: Mark; children?: ReactNode }) {
  return (
    <div className={css.fieldHead}>
      <span>{label}</span>
      {children}
      <span className={css.line} data-wrong={mark !== undefined}>
        {mark ? `line ${mark.line}${mark.code === 'task.unknown-key' ? ', misspelt' : ''}` : lines}
      </span>
    </div>
  )
}
