import { stat } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Config, readConfig } from './config-file.ts'
import type { Surroundings } from './resolve.ts'

/** Those that ssh tries when nothing names another. */
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519']
const SYSTEM_CONFIG = '/etc/ssh/ssh_config'

/** What ~/.ssh/config and the system's say now, and who we are. */
export async function readSurroundings(): Promise<Surroundings & { own: Config }> {
  const home = process.env.HOME || homedir()
  const [own, system] = await Promise.all([readConfig(join(home, '.ssh', 'config'), home), readConfig(SYSTEM_CONFIG, home)])
  const keys = await Promise.all(DEFAULT_KEYS.map((name) => ifThere(join(home, '.ssh', name))))
  // The system's file begins outside of the last block of ours.
  const nodes = [...own.nodes, { is: 'host' as const, patterns: ['*'], file: SYSTEM_CONFIG, line: 0 }, ...system.nodes]
  return { own, nodes, home, user: userName(), defaultKeys: keys.flatMap((key) => key ?? []) }
}

const ifThere = (path: string) =>
  stat(path).then(
    () => path,
    () => null,
  )

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return process.env.USER ?? 'root' // a user without an entry in passwd, as in some containers
  }
}
