import { Modal } from '@mantine/core'
import { useEffect, useRef } from 'react'
import type { Ask } from '../../../shared/ask.ts'
import { hideAsk, showAsk, useShownAsk } from '../../data/asking.ts'
import { useAsks } from '../../data/live.ts'
import css from './asks.module.css'
import { HostKeyAsk } from './host-key-ask.tsx'
import { SecretAsk } from './secret-ask.tsx'

const titles: Record<Ask['kind'], string> = {
  'host-key': 'Is this your machine?',
  password: 'Password',
  passphrase: 'Passphrase of a key',
  code: 'A code, please',
}

/**
 * Whatever waits for the user, one after the other. A new question comes by itself only to a user who is not typing; else the sidebar and
 * what waits say that it is there. Closing puts it away, and it waits on.
 */
export function Asks() {
  const asks = useAsks()
  const shownId = useShownAsk()
  const told = useRef(new Set<string>())
  const shown = asks.find(({ id }) => id === shownId)
  useEffect(() => {
    const fresh = asks.filter(({ id }) => !told.current.has(id))
    told.current = new Set(asks.map(({ id }) => id))
    if (shown) return
    // The one that was shown is answered: the next follows while the user is here.
    const next = shownId !== null ? asks[0] : isTyping() ? undefined : fresh[0]
    if (next) showAsk(next.id)
    else if (shownId !== null) hideAsk()
  }, [asks, shown, shownId])
  return (
    <Modal
      opened={shown !== undefined}
      onClose={hideAsk}
      title={shown && titles[shown.kind]}
      size={shown?.kind === 'host-key' ? 620 : 460}
      closeButtonProps={{ 'aria-label': 'Decide later' }}
      transitionProps={{ duration: 0 }}
    >
      {shown && (
        <>
          {asks.length > 1 && (
            <p className={css.queue}>
              {asks.indexOf(shown) + 1} of {asks.length} that wait
            </p>
          )}
          {shown.kind === 'host-key' ? <HostKeyAsk key={shown.id} ask={shown} /> : <SecretAsk key={shown.id} ask={shown} />}
        </>
      )}
    </Modal>
  )
}

/** Keys that go to a field, a terminal or another question must not end up in this one. */
const isTyping = () =>
  document.activeElement?.closest(
    'input:not([type="radio"], [type="checkbox"]), textarea, [contenteditable="true"], [role="dialog"]',
  ) != null
