import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import type { Ask } from '../../../shared/ask.ts'
import { api } from '../../rpc/connection.ts'
import css from './asks.module.css'
import { useAnswer } from './use-answer.ts'
import { useMachineName } from './use-machine-name.ts'

type Secret = Exclude<Ask, { kind: 'host-key' }>

/** A password, a passphrase or a code. What is typed stays in its field until it is sent, and in no state of the page. */
export function SecretAsk({ ask }: { ask: Secret }) {
  const { answer, dismiss, pending } = useAnswer(ask)
  const field = useRef<HTMLInputElement>(null)
  const remember = useRef<HTMLInputElement>(null)
  const [empty, setEmpty] = useState(true)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const input = field.current
    if (!input || input.value === '') return
    const { value } = input
    input.value = ''
    setEmpty(true)
    void answer({ value, remember: remember.current?.checked ?? false })
  }
  const plain = ask.kind === 'code' && ask.echo
  const Input = plain ? TextInput : PasswordInput
  return (
    <form className={css.ask} onSubmit={submit}>
      <p>{whatFor(ask, useMachineName(ask))}</p>
      <Input
        ref={field}
        data-autofocus
        label={labelOf(ask)}
        autoComplete={ask.kind === 'code' ? 'one-time-code' : 'off'}
        spellCheck={false}
        error={ask.kind !== 'code' && ask.failed && empty ? 'The last one was wrong.' : null}
        onChange={({ currentTarget }) => setEmpty(currentTarget.value === '')}
      />
      {ask.kind !== 'code' && <Remember checkbox={remember} />}
      <div className={css.buttons}>
        <Button variant="subtle" disabled={pending} onClick={dismiss}>
          Not now
        </Button>
        <Button type="submit" variant="filled" loading={pending} disabled={empty}>
          {ask.kind === 'passphrase' ? 'Unlock' : 'Log in'}
        </Button>
      </div>
    </form>
  )
}

/** Only a keyring remembers; where there is none, that is said. */
function Remember({ checkbox }: { checkbox: React.RefObject<HTMLInputElement | null> }) {
  const info = useQuery({ queryKey: ['info'], queryFn: () => api.app.info() })
  if (!info.data) return null
  return info.data.secrets.kept === 'keyring' ? (
    <Checkbox ref={checkbox} label="Remember it in this machine’s keyring" />
  ) : (
    <p className={css.foot}>
      No keyring answers here, so it is kept in memory until Styx ends, and asked again at the next start.
    </p>
  )
}

function whatFor(ask: Secret, machine: string) {
  if (ask.kind === 'password')
    return (
      <>
        <strong>{machine}</strong> takes a password. It goes to this machine alone, over the encrypted connection.
      </>
    )
  if (ask.kind === 'passphrase')
    return (
      <>
        <strong className={css.path}>{ask.file}</strong> is locked. Its passphrase unlocks it here; it is sent nowhere.
      </>
    )
  return (
    <>
      <strong>{machine}</strong> asks this, in its own words.{ask.instructions && ` ${ask.instructions}`}
    </>
  )
}

const labelOf = (ask: Secret) =>
  ask.kind === 'password' ? 'Password' : ask.kind === 'passphrase' ? 'Passphrase' : ask.prompt.replace(/:\s*$/, '') || 'Answer'
