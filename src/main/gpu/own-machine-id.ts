import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { machineIdOf } from './facts.ts'

/** The id that the facts of this machine will have (resources/node/facts.sh), without waiting for them; null where they alone know it. */
export async function ownMachineId(): Promise<string | null> {
  if (process.platform !== 'linux') return null
  const files = ['/etc/machine-id', '/var/lib/dbus/machine-id'].map((file) => readFile(file, 'utf8').catch(() => ''))
  const [first = ''] = (await Promise.all(files)).join('').split('\n')
  return machineIdOf(first.trim() || null, hostname())
}
