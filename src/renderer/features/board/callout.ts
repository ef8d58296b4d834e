import type { Finding, Health } from '../../../shared/place.ts'

/** The finding that the machine's own card tells, so that the list of them need not: what blocks it, else what is to be known of its GPUs. */
export function calloutOf({ findings }: Health): Finding | undefined {
  return (
    findings.find(({ level }) => level === 'problem') ?? findings.find(({ what, level }) => /GPU/.test(what) && level !== 'ok')
  )
}
