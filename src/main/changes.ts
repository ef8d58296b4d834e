import type { Change, Snapshot } from '../shared/change.ts'
import type { MachineSample } from '../shared/machine.ts'
import type { Note } from '../shared/note.ts'
import type { Health } from '../shared/place.ts'
import type { Asks } from './asks.ts'
import { listClusters } from './storage/cluster-records.ts'
import type { Database } from './storage/database.ts'
import { listEvents } from './storage/event-records.ts'
import { listShownJobs } from './storage/job-records.ts'
import { listAllNodes } from './storage/node-records.ts'
import { listNewestOperations } from './storage/operation-records.ts'
import { listPlaces } from './storage/place-records.ts'
import { readSettings } from './storage/settings-records.ts'
import { terminalRecords } from './storage/terminal-records.ts'

const EVENTS = 100
/** Jobs that have ended, beside all others. */
const ENDED_JOBS = 200

type Seen = { health: Iterable<Health>; notes: Iterable<Note>; samples: MachineSample[]; asks: Asks }

/** A snapshot, then every change after it, none missed and none before it. Ends with the signal. */
export async function* followChanges(db: Database, seen: Seen, signal: AbortSignal): AsyncGenerator<Change> {
  const changes = db.changes.subscribe(signal) // before the snapshot is read, so that nothing falls in between
  yield { type: 'snapshot', snapshot: readSnapshot(db, seen) }
  yield* changes
}

const readSnapshot = (db: Database, { health, notes, samples, asks }: Seen): Snapshot => ({
  places: listPlaces(db),
  health: [...health],
  clusters: listClusters(db),
  nodes: listAllNodes(db),
  operations: listNewestOperations(db),
  terminals: terminalRecords(db).list(),
  jobs: listShownJobs(db, ENDED_JOBS),
  notes: [...notes],
  samples,
  asks: asks.open(),
  settings: readSettings(db),
  events: listEvents(db, { limit: EVENTS }),
})
