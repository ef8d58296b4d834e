import type { ReactNode } from 'react'
import type { Node } from '../../shared/node.ts'
import type { Note as MachineNote } from '../../shared/note.ts'
import { useNotes } from '../data/live.ts'
import { nodeName } from '../data/words.ts'
import { Ago } from './ago.tsx'
import css from './machine-notes.module.css'
import { Note } from './note.tsx'

/** Everything on some nodes' machines that needs the user, the worst first, with the way out and the buttons that answer it. Nothing when all is well. */
export function MachineNotes({ nodes, answer }: { nodes: readonly Node[]; answer?(note: MachineNote): ReactNode }) {
  const notes = useNotes().flatMap((note) => {
    const node = nodes.find(({ machineId, state }) => machineId === note.machineId && (state === 'up' || state === 'unknown'))
    return node ? [{ note, node }] : []
  })
  if (notes.length === 0) return null
  notes.sort(({ note: a }, { note: b }) => (a.level === b.level ? a.since - b.since : a.level === 'bad' ? -1 : 1))
  return (
    <div className={css.notes}>
      {notes.map(({ note, node }) => (
        <Note
          key={note.id}
          tone={note.level === 'bad' ? 'failed' : 'needs'}
          title={nodes.length > 1 ? `${nodeName(node)}: ${note.what}` : note.what}
          actions={answer?.(note)}
        >
          {note.why} <span className={css.wayOut}>{note.wayOut}</span> <Ago at={note.since} before="Since " />.
        </Note>
      ))}
    </div>
  )
}
