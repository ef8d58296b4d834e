import type { ReactNode } from 'react'
import { CopyButton } from './copy-button.tsx'
import css from './host-key.module.css'

type Props = { title: string; keyType: string; fingerprint: string | null; tone?: 'good' | 'bad'; children?: ReactNode }

/** A host's key as people compare it: its fingerprint, in groups of four. Null: it cannot be read here. */
export function Fingerprint({ title, keyType, fingerprint, tone, children }: Props) {
  return (
    <section className={css.key} data-tone={tone}>
      <h3>{title}</h3>
      <p className={css.type}>{[keyType, fingerprint?.split(':')[0]].filter(Boolean).join(', ')}</p>
      {fingerprint && (
        <p className={css.print}>
          <span className="visually-hidden">{fingerprint}</span>
          <code aria-hidden="true">
            {groups(fingerprint).map(({ at, text }) => (
              <span key={at}>{text}</span>
            ))}
          </code>
          <CopyButton text={fingerprint} label="Copy the fingerprint" />
        </p>
      )}
      {children}
    </section>
  )
}

function groups(fingerprint: string): { at: number; text: string }[] {
  const print = fingerprint.slice(fingerprint.indexOf(':') + 1)
  return Array.from({ length: Math.ceil(print.length / 4) }, (_, i) => ({ at: i, text: print.slice(i * 4, i * 4 + 4) }))
}

/** What shows a machine's key of this type at its own screen. */
export function hostKeyCommand(keyType: string): string {
  const kind = /ed25519|ecdsa|rsa|dss/.exec(keyType)?.[0] ?? '*'
  return `ssh-keygen -lf /etc/ssh/ssh_host_${kind === 'dss' ? 'dsa' : kind}_key.pub`
}
