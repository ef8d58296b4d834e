import type { StyxError } from '../../shared/error.ts'
import type { Terminal } from '../../shared/terminal.ts'
import { readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'

/** Tells by an event that a terminal's output is not kept. */
export const tellDiskProblem =
  (db: Database) =>
  ({ title, clusterId }: Terminal, { data }: StyxError): void => {
    const cluster = clusterId === null ? null : readCluster(db, clusterId)
    const of = { clusterId, clusterName: cluster?.name ?? null, operationId: null }
    const words = { text: `${data.what}: terminal ${title}`, detail: `${data.why}\n${data.suggestion}` }
    try {
      db.transaction(() => writeEvent(db, { at: Date.now(), level: 'bad', ...of, ...words }))
    } catch {
      // A full disk may refuse the event too. The terminal itself goes on.
    }
  }
