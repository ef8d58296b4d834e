import * as z from 'zod'
import { machineFacts } from './machine.ts'
import { shellWord } from './shell-word.ts'

/** One way to say who we are. Secrets are never part of it: they are asked for, or in the keyring. */
export const sshAuth = z.discriminatedUnion('by', [
  /** Every key that the agent holds. `socket` null: SSH_AUTH_SOCK. */
  z.object({ by: z.literal('agent'), socket: z.string().nullable() }),
  /** A private key's file, absolute. Where the agent holds the same key, it signs. */
  z.object({ by: z.literal('key'), file: z.string() }),
  /** A password, or what else the host asks in its place. */
  z.object({ by: z.literal('password') }),
])
export type SshAuth = z.infer<typeof sshAuth>

// Neither may be taken for an option, nor for several words, by a program that they are handed to.
const sshWord = z
  .string()
  .regex(/^[^-\s\p{C}][^\s\p{C}]*$/u)
  .max(255)

/** One machine on the way: a target, or a jump host. */
export const sshHost = z.object({
  host: sshWord,
  port: z.number().int().min(1).max(65_535),
  user: sshWord,
  /** In the order in which they are tried. */
  auth: z.array(sshAuth),
  /** Public keys of the host (`ssh-ed25519 AAAA…`), several while they change: only these are right. Empty: known_hosts decides. */
  hostKeys: z.array(z.string()),
  /** The name that known_hosts has it by, where that is another one (HostKeyAlias). */
  hostKeyAlias: z.string().nullable(),
})
export type SshHost = z.infer<typeof sshHost>

export const sshEndpoint = sshHost.extend({
  via: z.literal('ssh'),
  /** The hosts to go through, the nearest first. */
  jump: z.array(sshHost).max(8),
  /**
   * Set where only the system's ssh can go (a ProxyCommand, a certificate, a security key): the name that the user's ssh config has the
   * host by, whose settings then count, and why. A host that has no encryption in common with ours goes this way by itself.
   */
  system: z.object({ destination: sshWord, why: z.string() }).optional(),
})
export type SshEndpoint = z.infer<typeof sshEndpoint>

/** How a host is named to people: `user@host:port`, the port only where it is not 22. */
export const sshName = ({ user, host, port }: Pick<SshHost, 'user' | 'host' | 'port'>): string =>
  `${user}@${host}${port === 22 ? '' : `:${port}`}`

/** What reaches a host from a terminal of the user's, ready for any POSIX shell: the keys that are named, the hosts on the way. */
export function sshCommand({ host, port, user, auth, jump, system }: SshEndpoint): string {
  const word = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : shellWord(text))
  if (system) return ['ssh', word(system.destination)].join(' ')
  const hop = (one: SshHost) => `${one.user}@${one.host.includes(':') ? `[${one.host}]` : one.host}:${one.port}`
  // Keys that are named for a host stand before the agent; those behind it are what ssh tries by itself.
  const others = auth.findIndex(({ by }) => by !== 'key')
  const named = auth.slice(0, others < 0 ? undefined : others)
  return [
    'ssh',
    ...named.flatMap((way) => (way.by === 'key' ? ['-i', way.file] : [])),
    ...(jump.length > 0 ? ['-J', jump.map(hop).join(',')] : []),
    ...(port === 22 ? [] : ['-p', String(port)]),
    '-l',
    user,
    host,
  ]
    .map(word)
    .join(' ')
}

/** How a node is reached: data, stored, so that a terminal reopens without asking anybody. Kinds join with their transport. */
export const endpoint = z.discriminatedUnion('via', [z.object({ via: z.literal('local') }), sshEndpoint])
export type Endpoint = z.infer<typeof endpoint>

/** "head", "worker 2": how a node of a cluster is called. */
export const nodeName = (node: { rank: number }): string => (node.rank === 0 ? 'head' : `worker ${node.rank}`)

/** `removing`: it is being taken out of its cluster, which does nothing with it any more. */
export const nodeState = z.enum(['pending', 'up', 'stopped', 'removing', 'gone', 'unknown'])

export const node = z.object({
  /** Survives stop and start. */
  id: z.string(),
  clusterId: z.string(),
  /** 0 is the head. */
  rank: z.number().int().min(0),
  /** The machine under it; two clusters on one host share it. Null until it was observed. */
  machineId: z.string().nullable(),
  /** The provider's own id of it (an instance, a pod); null where the place has none. */
  externalId: z.string().nullable(),
  innerIp: z.string().nullable(),
  endpoint: endpoint.nullable(),
  facts: machineFacts.nullable(),
  /** The UUIDs of the GPUs that this cluster holds on the machine; null: all that it has. */
  gpus: z.array(z.string()).nullable(),
  state: nodeState,
  /** Epoch ms of the last answer of the node itself; null: never. */
  lastSeen: z.number().nullable(),
})
export type Node = z.infer<typeof node>

/** A node of which nothing is made yet, but for what is known. Pure. */
export const blankNode = (known: Pick<Node, 'id' | 'clusterId' | 'rank'> & Partial<Node>): Node => ({
  machineId: null,
  externalId: null,
  innerIp: null,
  endpoint: null,
  facts: null,
  gpus: null,
  state: 'pending',
  lastSeen: null,
  ...known,
})
