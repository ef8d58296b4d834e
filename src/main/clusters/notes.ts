import type { Cluster } from '../../shared/cluster.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import type { Node } from '../../shared/node.ts'
import type { Note } from '../../shared/note.ts'
import type { Health } from '../../shared/place.ts'
import { type NoteMemory, notesOf } from '../gpu/notes.ts'
import type { Sampler } from '../gpu/sampler.ts'
import { signsOf } from '../gpu/signs.ts'
import { listClusters } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { writeEvent } from '../storage/event-records.ts'
import { listAllNodes } from '../storage/node-records.ts'
import { readSettings } from '../storage/settings-records.ts'
import { followTopic } from '../topics.ts'
import { about } from './events.ts'

const LOOK_EVERY_MS = 5_000
const OVER = 'Over: '

type Machine = {
  facts: MachineFacts | null
  /** The nodes on it that are up, with their clusters. */
  nodes: { node: Node; cluster: Cluster; alone: boolean }[]
}

/** Looks at what the sampler reads until the signal aborts, and tells what needs the user: as a note while it holds, and by an event. */
export function keepNotes(deps: {
  db: Database
  sampler: Sampler
  health: ReadonlyMap<string, Health>
  /** Kept up to date: the notes that hold now. */
  notes: Map<string, Note>
  signal: AbortSignal
}): void {
  const { db, sampler, health, notes, signal } = deps
  const memories = new Map<string, NoteMemory>()
  let machines = new Map<string, Machine>()
  let stale = true
  void followTopic(db.changes, signal, {
    begin: () => {
      stale = true
    },
    message: ({ type }) => {
      if (type === 'node' || type === 'health' || type === 'cluster' || type === 'gone') stale = true
    },
  })
  const timer = setInterval(look, LOOK_EVERY_MS)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })

  function look(): void {
    try {
      if (stale) machines = machinesNow(db, health.values())
      stale = false
      const { notes: settings } = readSettings(db)
      const at = Date.now()
      const now: Note[] = []
      for (const [machineId, { facts, nodes }] of machines) {
        const memory_MiB = new Map(facts?.gpus.map((gpu) => [gpu.uuid, gpu.memory_MiB]))
        const gpus = sampler.gpus(machineId).map((uuid) => ({ uuid, memory_MiB: memory_MiB.get(uuid) ?? null }))
        const ready = nodes.some(({ cluster }) => cluster.state.is === 'ready')
        const seen = { at, sample: sampler.latest(machineId) ?? null, details: sampler.details(machineId) ?? null, gpus, ready }
        const found = notesOf(machineId, gpus.length, memories.get(machineId) ?? new Map(), signsOf(seen, settings), at)
        memories.set(machineId, found.memory)
        now.push(...found.notes)
      }
      for (const machineId of memories.keys()) if (!machines.has(machineId)) memories.delete(machineId)
      tell(now)
    } catch {
      // A disk that is full: the notes themselves are told again at the next look.
    }
  }

  function tell(now: Note[]): void {
    const holds = new Set(now.map(({ id }) => id))
    const gone = [...notes.values()].filter(({ id }) => !holds.has(id))
    const changed = now.filter((note) => !isSame(notes.get(note.id), note))
    if (gone.length + changed.length === 0) return
    db.transaction(() => {
      for (const note of changed) {
        db.changed({ type: 'note', note })
        // Another error of a GPU is news, even while the last one still stands.
        if (notes.has(note.id) && note.kind !== 'xid') continue
        for (const { name, ...about } of toldTo(note))
          writeEvent(db, { ...about, level: note.level, text: `${name}${note.what}`, detail: `${note.why}\n${note.wayOut}` })
      }
      for (const note of gone) {
        db.changed({ type: 'gone', of: 'note', id: note.id })
        for (const { name, ...about } of toldTo(note))
          writeEvent(db, { ...about, level: 'info', text: `${name}${OVER}${note.what}`, detail: '' })
      }
    })
    for (const { id } of gone) notes.delete(id)
    for (const note of changed) notes.set(note.id, note)
  }

  /** Every cluster on the machine, or nobody in particular, and how the machine is called there. Of one that is gone nothing is told. */
  function toldTo({ machineId }: Note) {
    const machine = machines.get(machineId)
    if (!machine) return []
    const { nodes, facts } = machine
    if (nodes.length === 0)
      return [
        { at: Date.now(), clusterId: null, clusterName: null, operationId: null, name: `${facts?.hostname ?? 'A machine'}: ` },
      ]
    return nodes.map(({ node, cluster, alone }) => ({
      ...about(cluster, null),
      name: alone ? '' : `${node.rank === 0 ? 'head' : `worker ${node.rank}`}: `,
    }))
  }
}

const isSame = (one: Note | undefined, other: Note) =>
  one?.what === other.what && one.why === other.why && one.level === other.level

function machinesNow(db: Database, health: Iterable<Health>): Map<string, Machine> {
  const clusters = new Map(listClusters(db).map((cluster) => [cluster.id, cluster]))
  const machines = new Map<string, Machine>()
  const of = (machineId: string) => {
    const machine = machines.get(machineId) ?? { facts: null, nodes: [] }
    machines.set(machineId, machine)
    return machine
  }
  const all = listAllNodes(db)
  for (const node of all) {
    const cluster = clusters.get(node.clusterId)
    if (!cluster || !node.machineId || (node.state !== 'up' && node.state !== 'unknown')) continue
    const machine = of(node.machineId)
    machine.facts ??= node.facts
    machine.nodes.push({ node, cluster, alone: all.filter(({ clusterId }) => clusterId === cluster.id).length === 1 })
  }
  for (const { machine } of health) if (machine) of(machine.machineId).facts ??= machine
  return machines
}
