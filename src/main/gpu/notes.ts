import type { Note, NoteKind } from '../../shared/note.ts'
import { noteWords } from './note-words.ts'
import type { Sign } from './signs.ts'

/** What is well again must stay so before its note goes. */
const CALM_MS = 20_000
/** What was not seen for longer (a gap, a laptop asleep) was not so all the time. */
const GAP_MS = 90_000

type Watched = {
  /** As it was when it was told (its numbers do not follow every reading), or is now. */
  sign: Sign
  /** Since when it is so; null: it is not. */
  since: number | null
  seenAt: number
  clearSince: number | null
  /** It has been so for long enough. */
  told: boolean
}

/** What was seen of each sign of a machine so far. */
export type NoteMemory = ReadonlyMap<string, Watched>

/**
 * What needs the user on a machine, by the signs of this moment: one note for each kind. A sign must hold before it is told, and must be
 * well for a while before its note goes; one that is switched off goes at once. Pure.
 * @param gpus how many the machine has
 */
export function notesOf(
  machineId: string,
  gpus: number,
  memory: NoteMemory,
  signs: readonly Sign[],
  at: number,
): { memory: NoteMemory; notes: Note[] } {
  const next = new Map<string, Watched>()
  const told = new Map<NoteKind, Watched[]>()
  for (const sign of signs) {
    const key = `${sign.kind}/${sign.gpu}`
    const watched = watch(memory.get(key), sign, at)
    next.set(key, watched)
    if (watched.told) told.set(sign.kind, [...(told.get(sign.kind) ?? []), watched])
  }
  const notes = [...told].map(([kind, all]) => ({
    id: `${machineId}/${kind}`,
    machineId,
    kind,
    since: Math.min(...all.map(({ since }) => since ?? at)),
    ...noteWords(
      kind,
      all.map(({ sign }) => sign),
      gpus,
    ),
  }))
  return { memory: next, notes }
}

function watch(before: Watched | undefined, sign: Sign, at: number): Watched {
  const known = before && (before.told || at - before.seenAt <= GAP_MS) ? before : undefined
  switch (sign.is) {
    case 'over': {
      const since = known?.since ?? at
      const told = known?.told || at - since >= sign.after_ms
      return { sign: known?.told && sign.kind !== 'xid' ? known.sign : sign, since, seenAt: at, clearSince: null, told }
    }
    case 'keep':
      return known ? { ...known, clearSince: null } : { sign, since: null, seenAt: at, clearSince: null, told: false }
    case 'clear': {
      const clearSince = known?.clearSince ?? at
      if (known?.told && at - clearSince < CALM_MS) return { ...known, clearSince }
      return { sign, since: null, seenAt: at, clearSince, told: false }
    }
  }
}
