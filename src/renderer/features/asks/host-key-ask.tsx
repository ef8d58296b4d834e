import { Button } from '@mantine/core'
import { IconShieldQuestion } from '@tabler/icons-react'
import type { Ask } from '../../../shared/ask.ts'
import { Ago } from '../../ui/ago.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Fingerprint, hostKeyCommand } from '../../ui/host-key.tsx'
import { Note } from '../../ui/note.tsx'
import css from './asks.module.css'
import { useAnswer } from './use-answer.ts'
import { useMachineName } from './use-machine-name.ts'

/** A machine that nobody has seen before shows its key: whose it is, how that is found out, and yes or no. */
export function HostKeyAsk({ ask }: { ask: Extract<Ask, { kind: 'host-key' }> }) {
  const { answer, dismiss, pending } = useAnswer(ask)
  const command = hostKeyCommand(ask.keyType)
  return (
    <div className={css.ask}>
      <div className={css.lead}>
        <IconShieldQuestion size={26} stroke={1.5} aria-hidden />
        <p>
          <strong>{useMachineName(ask)}</strong> is new to this computer: no key of it is known. Styx hung up before logging in.
          No password, key or command went there. It asked <Ago at={ask.at} />.
        </p>
      </div>
      <Fingerprint title="The key it shows" keyType={ask.keyType} fingerprint={ask.fingerprint} />
      {ask.knownAs.length > 0 && (
        <Note tone="motion" title="You know this key">
          It is the key of {ask.knownAs.join(', ')}, in your known_hosts.
        </Note>
      )}
      <p>
        Whoever stands in between would show another key. Compare it with what the machine’s owner told you, or at the machine’s
        own screen:
      </p>
      <p className={css.command}>
        <code>{command}</code>
        <CopyButton text={command} label="Copy the command" />
      </p>
      <p className={css.foot}>
        “It is right” writes it to ~/.ssh/known_hosts. It is asked once, and a changed key stops everything.
      </p>
      <div className={css.buttons}>
        <Button variant="subtle" data-autofocus disabled={pending} onClick={dismiss}>
          Not now
        </Button>
        <Button variant="filled" loading={pending} onClick={() => void answer({ value: ask.fingerprint })}>
          It is right: connect
        </Button>
      </div>
    </div>
  )
}
