import type { StyxError } from '../../shared/error.ts'
import { readCluster } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { readJob } from '../storage/job-records.ts'
import { readOperation } from '../storage/operation-records.ts'

/** Tells by an event that a log is held up: the disk takes nothing. */
export const tellLogProblem =
  (db: Database) =>
  (log: string, { data }: StyxError): void => {
    try {
      const [kind, id = ''] = log.split(':')
      const job = kind === 'job' ? readJob(db, id)?.job : undefined
      const operation = kind === 'operation' ? readOperation(db, id) : null
      const clusterId = job?.clusterId ?? operation?.clusterId ?? null
      const clusterName = job?.clusterName ?? (clusterId === null ? null : (readCluster(db, clusterId)?.name ?? null))
      const of = { clusterId, clusterName, operationId: operation?.id ?? null }
      const text = `${data.what}: the log of ${job?.name ?? operation?.kind ?? log}`
      db.transaction(() =>
        writeEvent(db, { at: Date.now(), level: 'bad', ...of, text, detail: `${data.why}\n${data.suggestion}` }),
      )
    } catch {
      // A full disk may refuse the event too. The log itself says why it stands.
    }
  }
