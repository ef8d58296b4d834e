import { AsyncEntry } from '@napi-rs/keyring'

/** Where passwords and passphrases live: never in the database, a log or a command line. */
export type Secrets = {
  /** `memory`: no keyring answers here, so they are asked for again at each start; `why` says why. */
  kept: 'keyring' | 'memory'
  why: string
  read(name: string): Promise<string | null>
  write(name: string, value: string): Promise<void>
  remove(name: string): Promise<void>
}

/** A keyring behind a locked session bus can hang; nobody should wait for it. */
const PROBE_TIMEOUT_MS = 3_000

// Only what survives a reboot counts as kept: the kernel's own keyring, the library's second choice on Linux, does not.
const entry = (service: string, name: string) => new AsyncEntry(service, name, { linux: { store: 'secret-service' } })

/** The desktop's keyring, where one answers within 3 s; else memory. One installation's secrets are apart from another's. */
export async function openSecrets(installationId: string): Promise<Secrets> {
  const service = `styx-${installationId}`
  try {
    const probe = entry(service, 'probe')
    const limit = () => AbortSignal.timeout(PROBE_TIMEOUT_MS)
    await inTime(probe.setPassword('styx', limit()))
    if ((await inTime(probe.getPassword(limit()))) !== 'styx') throw new Error('it did not give back what was written')
    await inTime(probe.deleteCredential(limit()))
  } catch (error) {
    return inMemory(error instanceof Error ? error.message : String(error))
  }
  return {
    kept: 'keyring',
    why: '',
    read: async (name) => (await entry(service, name).getPassword()) ?? null,
    write: (name, value) => entry(service, name).setPassword(value),
    remove: async (name) => {
      await entry(service, name).deleteCredential()
    },
  }
}

// A call into the platform's store does not always honour its signal.
function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it did not answer in 3 s')), PROBE_TIMEOUT_MS)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function inMemory(why: string): Secrets {
  const secrets = new Map<string, string>()
  return {
    kept: 'memory',
    why,
    read: async (name) => secrets.get(name) ?? null,
    write: async (name, value) => {
      secrets.set(name, value)
    },
    remove: async (name) => {
      secrets.delete(name)
    },
  }
}
