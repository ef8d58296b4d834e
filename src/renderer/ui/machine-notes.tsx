import type { Node } from '../../shared/node.ts'
import { useNotes } from '../data/live.ts'
import { nodeName } from '../data/words.ts'
import css from './machine-notes.module.css'
import { Note } from './note.tsx'

/** Everything on some nodes' machines that needs the user, the worst first, with the way out. Nothing when all is well. */
export function MachineNotes({ nodes }: { nodes: readonly Node[] }) {
  const notes = useNotes().flatMap((note) => {
    const node = nodes.find(({ machineId, state }) => machineId === note.machineId && (state === 'up' || state === 'unknown'))
    return node ? [{ ...note, node }] : []
  })
  if (notes.length === 0) return null
  notes.sort((a, b) => (a.level === b.level ? a.since - b.since : a.level === 'bad' ? -1 : 1))
  return (
    <div className={css.notes}>
      {notes.map(({ id, level, what, why, wayOut, node }) => (
        <Note key={id} tone={level === 'bad' ? 'failed' : 'needs'} title={nodes.length > 1 ? `${nodeName(node)}: ${what}` : what}>
          {why} <span className={css.wayOut}>{wayOut}</span>
        </Note>
      ))}
    </div>
  )
}
