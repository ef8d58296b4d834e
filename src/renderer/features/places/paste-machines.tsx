import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { parsePastedHosts } from '../../../shared/paste-hosts.ts'
import type { HostName } from '../../../shared/pool.ts'
import { count } from '../../data/words.ts'
import css from './places.module.css'

/** Takes machines from a text, one a line. */
export function PasteMachines({ onAdd }: { onAdd(hosts: HostName[]): void }) {
  const [text, setText] = useState('')
  const { hosts, problems } = parsePastedHosts(text)
  const error = problems.map(({ line, what }) => `Line ${line}: ${what}`).join(' ')
  return (
    <div className={css.paste}>
      <Textarea
        label="Paste machines, one a line"
        placeholder={'ada@10.0.0.7\nada@gpu2.lab:2222'}
        autosize
        minRows={3}
        maxRows={10}
        spellCheck={false}
        value={text}
        error={error || null}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button
        disabled={hosts.length === 0 || problems.length > 0}
        onClick={() => {
          onAdd(hosts)
          setText('')
        }}
      >
        {hosts.length === 0 ? 'Take them' : `Take ${count(hosts.length, 'machine')}`}
      </Button>
    </div>
  )
}
