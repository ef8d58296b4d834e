import * as z from 'zod'

/**
 * A machine as the user names it, the way `ssh` is told: everything that is null is decided by ~/.ssh/config, which is read anew at each
 * use, so that an alias stays one. Words are checked by {@link hostProblem}, not by the schema: a field is named with what is wrong in it.
 */
export const hostName = z.object({
  /** An alias of ~/.ssh/config, a name or an address. */
  host: z.string().max(1000),
  user: z.string().max(1000).nullable(),
  port: z.number().nullable(),
  /** The private key's file, `~` allowed; in place of those that ~/.ssh/config names. */
  identityFile: z.string().max(4096).nullable(),
  /** The hosts to go through, as `ssh -J` takes them: `bastion`, `ada@a:2222,b`. `none`: directly, whatever ~/.ssh/config says. */
  jump: z.string().max(4096).nullable(),
})
export type HostName = z.infer<typeof hostName>

/** A machine of a pool. The id stays when its name is changed. */
export const poolHost = hostName.extend({ id: z.string().min(1).max(100) })
export type PoolHost = z.infer<typeof poolHost>

export const POOL_MAX_HOSTS = 256

/** The settings of a place of kind `ssh`. */
export const poolSettings = z.strictObject({ hosts: z.array(poolHost).max(POOL_MAX_HOSTS) })
export type PoolSettings = z.infer<typeof poolSettings>

/** So many GPUs of a machine. */
export const gpuWish = z.number().int().min(0).max(1024)

/** What a launch on a pool is asked for: the ids of its hosts, head first. Empty: the offer's host alone. */
export const poolSpec = z.strictObject({
  hosts: z
    .array(z.string().max(100))
    .max(POOL_MAX_HOSTS)
    .refine((ids) => new Set(ids).size === ids.length, 'A machine is named twice.')
    .default([]),
  /** How many GPUs it takes of a host, by its id; of one that is not named all that are free. */
  gpus: z.record(z.string().max(100), gpuWish).default({}),
})

/** `ada@gpu1:2222`: how a machine is called that was named so. */
export const hostWords = ({ host, user, port }: Pick<HostName, 'host' | 'user' | 'port'>): string =>
  `${user === null ? '' : `${user}@`}${port !== null && host.includes(':') ? `[${host}]` : host}${port === null ? '' : `:${port}`}`

export type HostProblem = { field: keyof HostName; why: string }

/** What is wrong with a machine's name, for its field; null when nothing is. */
export function hostProblem({ host, user, port, identityFile, jump }: HostName): HostProblem | null {
  const bad = (field: keyof HostName, why: string): HostProblem => ({ field, why })
  if (host === '') return bad('host', 'Give its name or address.')
  const hostWhy = wordProblem(host)
  if (hostWhy) return bad('host', hostWhy)
  if (host.includes('@') || host.includes('/')) return bad('host', 'A name or an address alone, without @ and /.')
  const userWhy = user === null ? null : user === '' ? 'Leave it out, or give a name.' : wordProblem(user)
  if (userWhy) return bad('user', userWhy)
  if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) return bad('port', 'A number from 1 to 65535.')
  if (identityFile !== null && !/^(~?\/)/.test(identityFile)) return bad('identityFile', 'A whole path, beginning with / or ~/.')
  if (identityFile !== null && CONTROL.test(identityFile)) return bad('identityFile', 'It has a control character in it.')
  const jumpWhy = jump === null ? null : jumpProblem(jump)
  return jumpWhy ? bad('jump', jumpWhy) : null
}

/** The hosts of a `-J`, nearest first; null when it is none. */
export function parseJump(jump: string): Pick<HostName, 'host' | 'user' | 'port'>[] | null {
  if (jump === 'none') return []
  const hops = jump.split(',').map((hop) => parseTarget(hop.trim()))
  return hops.includes(null) ? null : (hops as NonNullable<(typeof hops)[number]>[])
}

/** `[user@]host[:port]`, `ssh://…` or `[v6]:port`; null when it is none of them. Its words may still be wrong. */
export function parseTarget(text: string): Pick<HostName, 'host' | 'user' | 'port'> | null {
  const isUrl = /^ssh:\/\//i.test(text)
  const plain = isUrl ? text.slice(6).replace(/\/$/, '') : text
  const at = plain.lastIndexOf('@')
  const user = at < 0 ? null : plain.slice(0, at)
  const rest = plain.slice(at + 1)
  const [, bracketed, bracketPort] = /^\[([^[\]]+)\](?::(.*))?$/.exec(rest) ?? []
  const colons = rest.split(':').length - 1
  // A bare IPv6 address has no room for a port.
  const [host, port] = bracketed
    ? [bracketed, bracketPort]
    : colons === 1
      ? (rest.split(':') as [string, string])
      : [rest, undefined]
  if (!host || user === '' || /[[\]]/.test(host)) return null
  if (port !== undefined && !/^\d{1,6}$/.test(port)) return null
  return { host, user, port: port === undefined ? null : Number(port) }
}

const CONTROL = /\p{C}/u

function wordProblem(word: string): string | null {
  if (word.startsWith('-')) return 'It may not begin with a hyphen: a program could take it for an option.'
  if (CONTROL.test(word)) return 'It has a control character in it.'
  if (/\s/.test(word)) return 'It has a space in it.'
  if (word.length > 255) return `At most 255 characters; this has ${word.length}.`
  return null
}

function jumpProblem(jump: string): string | null {
  const hops = parseJump(jump)
  if (hops === null) return 'Hosts as ssh -J takes them: user@host:port, several with commas between.'
  if (hops.length > 8) return 'At most 8 hosts on the way.'
  for (const hop of hops) {
    const problem = hostProblem({ ...hop, identityFile: null, jump: null })
    if (problem) return `${hop.host}: ${problem.why}`
  }
  return null
}
