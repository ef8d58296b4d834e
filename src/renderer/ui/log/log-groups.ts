import { type LogStream, stepOfStream } from '../../../shared/log.ts'

/** Streams that belong together: a rank's two, or all nodes of a step. */
export type LogGroup = { key: string; name: string; rank: number | null; streams: LogStream[] }

/** What of a log is shown: some groups, or all; and one kind, or both. */
export type LogFilter = { groups: readonly string[] | null; kind: 'out' | 'err' | null }

export const ALL: LogFilter = { groups: null, kind: null }

/** In the order of ranks; steps as they were written. */
export function groupsOf(streams: readonly LogStream[], stepName: (step: string) => string): LogGroup[] {
  const groups = new Map<string, LogGroup>()
  for (const stream of streams) {
    const { rank } = stream
    const { step } = stepOfStream(stream.name)
    const key = rank === null ? step : `r${rank}`
    const group = groups.get(key) ?? { key, name: rank === null ? stepName(step) : key, rank, streams: [] }
    groups.set(key, { ...group, streams: [...group.streams, stream] })
  }
  return [...groups.values()].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
}

/** The streams to ask for; null: all. */
export function streamsShown(groups: readonly LogGroup[], filter: LogFilter): string[] | null {
  if (filter.groups === null && filter.kind === null) return null
  return groups
    .filter(({ key }) => filter.groups?.includes(key) ?? true)
    .flatMap(({ streams }) => streams.filter(({ kind }) => filter.kind === null || kind === filter.kind))
    .map(({ name }) => name)
}
