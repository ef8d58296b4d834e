import { errorDataOf } from '../../../shared/error.ts'
import type { MachineFacts } from '../../../shared/machine.ts'
import type { Health, Place } from '../../../shared/place.ts'
import { readFacts } from '../../gpu/read-facts.ts'
import { type Found, findingsOf, plainFindings } from '../findings.ts'
import type { NodeAccess } from '../node-folder.ts'

/** Looks at this machine and says in words what it is and what is missing. What it cannot look at is a finding too. */
export async function checkLocal(place: Place, access: NodeAccess, platform: string): Promise<Health> {
  if (platform === 'win32') return healthOf(place, windows, null)
  try {
    const report = await readFacts(access.transport, access.resources, access.signal)
    return healthOf(place, findingsOf(report), report.facts)
  } catch (error) {
    access.signal.throwIfAborted()
    const { what, why, suggestion } = errorDataOf(error)
    return healthOf(place, [{ level: 'problem', what, why, wayOut: suggestion, command: '', blocking: true }], null)
  }
}

function healthOf(place: Place, found: Found[], machine: MachineFacts | null): Health {
  const usable = !found.some((one) => one.blocking)
  return { placeId: place.id, at: Date.now(), usable, findings: plainFindings(found), machine, hosts: [] }
}

const windows: Found[] = [
  {
    level: 'problem',
    what: 'Windows: this machine cannot be a cluster',
    why: 'What Styx runs on a node needs a POSIX shell (sh) and /proc, which Windows does not have. Only the app itself runs here.',
    wayOut: 'Install WSL 2 and start Styx inside it.',
    command: 'wsl --install',
    blocking: true,
  },
]
