import { randomUUID } from 'node:crypto'
import { StyxError } from '../../shared/error.ts'
import type { Place } from '../../shared/place.ts'
import { type HostName, hostProblem, hostWords, POOL_MAX_HOSTS, type PoolHost, poolSettings } from '../../shared/pool.ts'
import { deleteCluster, listClusters } from '../storage/cluster-records.ts'
import type { Database } from '../storage/database.ts'
import { listNodes } from '../storage/node-records.ts'
import { listOperations } from '../storage/operation-records.ts'
import { deletePlace, listPlaces, savePlace } from '../storage/place-records.ts'
import { requirePlace } from './lookup.ts'

const NAME_MAX = 80

export type PoolRequest = { placeId?: string | undefined; name: string; hosts: (HostName & { id?: string | undefined })[] }

/**
 * Makes a pool of SSH machines, or changes one. Nobody is contacted.
 * @throws StyxError `place.name-invalid` | `place.name-taken` | `place.host-invalid` | `place.host-twice` | `place.host-in-use` |
 * `place.not-a-pool`; `where` names the field
 */
export function savePool(db: Database, { placeId, name: given, hosts }: PoolRequest): Place {
  const before = placeId === undefined ? null : requirePlace(db, placeId)
  if (before && before.kind !== 'ssh') throw notAPool(before)
  const name = given.trim()
  const nameWhy = nameProblem(name)
  if (nameWhy) throw wrong('place.name-invalid', 'This name cannot be used', 'name', nameWhy, 'Choose another name.')
  if (listPlaces(db).some((place) => place.id !== placeId && place.name.toLowerCase() === name.toLowerCase()))
    throw wrong(
      'place.name-taken',
      'This name is taken',
      'name',
      `There is a place named ${name} already.`,
      'Choose another name.',
    )
  const settings = { hosts: requireHosts(hosts) }
  if (before) requireUnused(db, before, new Set(settings.hosts.map(({ id }) => id)))
  const place: Place = { id: placeId ?? randomUUID(), kind: 'ssh', name, settings }
  savePlace(db, place)
  return place
}

/**
 * Takes a pool out of Styx, with the records of clusters there that hold nothing any more.
 * @returns the ids of those clusters' operations
 * @throws StyxError `place.in-use` | `place.not-a-pool`
 */
export function removePool(db: Database, placeId: string): string[] {
  const place = requirePlace(db, placeId)
  if (place.kind !== 'ssh') throw notAPool(place)
  const clusters = listClusters(db).filter((cluster) => cluster.placeId === placeId)
  const living = clusters.find(({ state }) => state.is !== 'terminated' && state.is !== 'failed')
  if (living)
    throw wrong(
      'place.in-use',
      'A cluster lives there',
      place.name,
      `${living.name} is ${living.state.is}.`,
      'Terminate it first, then remove the pool.',
    )
  const operations = clusters.flatMap(({ id }) => listOperations(db, id).map((operation) => operation.id))
  db.transaction(() => {
    for (const { id } of clusters) deleteCluster(db, id)
    deletePlace(db, placeId)
  })
  return operations
}

function requireHosts(hosts: PoolRequest['hosts']): PoolHost[] {
  if (hosts.length === 0)
    throw wrong('place.host-invalid', 'There is no machine in this pool', 'hosts', 'A pool has one at least.', 'Add a machine.')
  if (hosts.length > POOL_MAX_HOSTS)
    throw wrong('place.host-invalid', 'These are too many', 'hosts', `At most ${POOL_MAX_HOSTS}.`, 'Make a second pool.')
  const names = new Map<string, number>()
  const ids = new Set<string>()
  return hosts.map(({ id: given, host, user, port, identityFile, jump }, index) => {
    const name: HostName = { host, user, port, identityFile, jump }
    const problem = hostProblem(name)
    if (problem) {
      const where = `hosts.${index}.${problem.field}`
      throw wrong('place.host-invalid', 'This machine cannot be added so', where, problem.why, 'Correct the field that is named.')
    }
    const words = hostWords(name)
    const twin = names.get(words)
    if (twin !== undefined)
      throw wrong('place.host-twice', 'A machine is there twice', `hosts.${index}.host`, words, 'Take one out.')
    names.set(words, index)
    const id = given === undefined || ids.has(given) ? randomUUID() : given
    ids.add(id)
    return { id, ...name }
  })
}

/** A host that carries a node stays in its pool. */
function requireUnused(db: Database, place: Place, kept: ReadonlySet<string>): void {
  const { hosts } = poolSettings.parse(place.settings)
  for (const cluster of listClusters(db)) {
    if (cluster.placeId !== place.id || cluster.state.is === 'terminated' || cluster.state.is === 'failed') continue
    for (const { externalId } of listNodes(db, cluster.id)) {
      const host = hosts.find(({ id }) => id === externalId)
      if (!host || kept.has(host.id)) continue
      throw wrong(
        'place.host-in-use',
        'A machine is in use',
        'hosts',
        `${cluster.name} lives on ${hostWords(host)}.`,
        'Terminate the cluster first, or keep the machine.',
      )
    }
  }
}

function nameProblem(name: string): string | null {
  if (name === '') return 'Give it a name.'
  if (name.length > NAME_MAX) return `At most ${NAME_MAX} characters; this has ${name.length}.`
  return /\p{C}/u.test(name) ? 'It has a control character in it.' : null
}

const notAPool = (place: Place) =>
  wrong('place.not-a-pool', 'This place is no pool of machines', place.name, '', 'Choose another place.')

const wrong = (code: string, what: string, where: string, why: string, suggestion: string) =>
  new StyxError({ code, what, where, why, suggestion })
