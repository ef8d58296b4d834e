import { StyxError } from '../../../shared/error.ts'
import { type SshAuth, type SshEndpoint, type SshHost, sshEndpoint } from '../../../shared/node.ts'
import { type HostName, hostProblem, hostWords, parseJump } from '../../../shared/pool.ts'
import type { ConfigNode } from './config-file.ts'
import { type ConfigValues, lookUp } from './config-lookup.ts'

/** What decides beside the name itself how a host is reached. */
export type Surroundings = {
  nodes: readonly ConfigNode[]
  home: string
  /** Who we are here. */
  user: string
  /** The key files that are tried when nothing names another. */
  defaultKeys: readonly string[]
}

const MAX_JUMPS = 8

/**
 * How `ssh` would reach a host that is named so. Pure.
 * @throws StyxError `ssh-config.invalid` | `ssh-config.unsupported` | `ssh-config.jump-loop`
 */
export function resolveHost(name: HostName, around: Surroundings): SshEndpoint {
  const problem = hostProblem(name)
  if (problem) throw invalid(hostWords(name), `${problem.field}: ${problem.why}`)
  const lacks: string[] = []
  const [target, ...way] = chain(name, around, [], lacks)
  const [why] = lacks
  const system = why === undefined ? {} : { system: { destination: asTold(name, why), why } }
  const parsed = sshEndpoint.safeParse({ via: 'ssh', ...target, jump: way.toReversed(), ...system })
  if (!parsed.success)
    throw invalid(hostWords(name), parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  return parsed.data
}

/** The host, then those on the way to it, the farthest first. `lacks` gets why only the system's ssh can go there. */
function chain(name: HostName, around: Surroundings, after: SshHost[], lacks: string[]): SshHost[] {
  const values = lookUp(around.nodes, name.host)
  const host = hostOf(name, values, around)
  const same = ({ host: a, port, user }: SshHost) => a === host.host && port === host.port && user === host.user
  if (after.some(same)) throw jumpLoop(hostWords(name))
  if (after.length > MAX_JUMPS) throw unsupported(hostWords(name), `More than ${MAX_JUMPS} hosts are on the way.`)
  const jump = name.jump ?? first(values, 'proxyjump')
  const hops = jump === null ? [] : parseJump(jump)
  if (hops === null) throw invalid(hostWords(name), `ProxyJump: ${jump}`)
  lacks.push(...onlySystem(name, values, host, jump === null))
  const last = hops.at(-1)
  if (!last) return [host]
  // As ssh does: the last hop is reached through those before it, and the first one as its own settings say.
  const before = hops
    .slice(0, -1)
    .map((hop) => hostWords(hop))
    .join(',')
  return [host, ...chain({ ...last, identityFile: null, jump: before || null }, around, [...after, host], lacks)]
}

/** What of a host's settings Styx's own SSH cannot do. */
function onlySystem(name: HostName, values: ConfigValues, { auth }: SshHost, isDirect: boolean): string[] {
  const command = values.get('proxycommand')?.[0]?.join(' ') ?? 'none'
  const certificate = first(values, 'certificatefile') ?? 'none'
  // As ssh-keygen names them: the private part is on a security key, which must be touched.
  const onToken = auth.find((way) => way.by === 'key' && /_sk(\.|$)/.test(way.file))
  return [
    isDirect && command.toLowerCase() !== 'none' && 'It has a ProxyCommand.',
    certificate.toLowerCase() !== 'none' && 'It has a certificate to log in with.',
    (name.identityFile !== null || values.has('identityfile')) && onToken && 'Its key is on a security key.',
  ].filter((why) => typeof why === 'string')
}

/** The word by which the system's ssh finds a host and all that is set for it. */
function asTold(name: HostName, why: string): string {
  if (name.jump !== null || name.identityFile !== null)
    throw unsupported(
      hostWords(name),
      `${why} So only the system’s ssh can go there, and it takes keys and jump hosts from ~/.ssh/config alone.`,
    )
  const host = name.host.includes(':') ? `[${name.host}]` : name.host
  const user = name.user === null ? '' : `${encodeURIComponent(name.user)}@`
  return name.user === null && name.port === null ? name.host : `ssh://${user}${host}${name.port === null ? '' : `:${name.port}`}`
}

function hostOf(name: HostName, values: ConfigValues, around: Surroundings): SshHost {
  const words = { ...around, original: name.host }
  const host = fill(first(values, 'hostname') ?? '%h', { ...words, host: name.host, user: '' })
  const user = name.user ?? first(values, 'user') ?? around.user
  const port = name.port ?? Number(first(values, 'port') ?? 22)
  const file = (path: string) => fill(path, { ...words, host, user })
  return {
    host,
    port,
    user,
    auth: authOf(name, values, file, around.defaultKeys),
    hostKeys: [],
    hostKeyAlias: first(values, 'hostkeyalias'),
  }
}

function authOf(name: HostName, values: ConfigValues, file: (path: string) => string, defaultKeys: readonly string[]): SshAuth[] {
  const says = (keyword: string, value: string) => first(values, keyword)?.toLowerCase() === value
  const named =
    name.identityFile !== null ? [name.identityFile] : (values.get('identityfile') ?? []).flatMap(([path]) => path ?? [])
  const chosen = named.filter((path) => path.toLowerCase() !== 'none').map(file)
  const key = (path: string): SshAuth => ({ by: 'key', file: path })
  const agentPath = first(values, 'identityagent')
  const agent: SshAuth[] =
    says('identitiesonly', 'yes') || agentPath?.toLowerCase() === 'none'
      ? []
      : [{ by: 'agent', socket: agentPath === null || agentPath === 'SSH_AUTH_SOCK' ? null : file(agentPath) }]
  // A host lets one try but a few times: a key that is named for it goes first.
  const keys = named.length > 0 ? [...chosen.map(key), ...agent] : [...agent, ...defaultKeys.map(key)]
  const noPassword = says('passwordauthentication', 'no') && says('kbdinteractiveauthentication', 'no')
  return [
    ...(says('pubkeyauthentication', 'no') ? [] : keys),
    ...(noPassword || says('batchmode', 'yes') ? [] : [{ by: 'password' as const }]),
  ]
}

const first = (values: ConfigValues, keyword: string): string | null => values.get(keyword)?.[0]?.[0] ?? null

/** `~`, `${NAME}` and the percent tokens of ssh_config that a path or a host name may have. */
function fill(text: string, of: { home: string; original: string; host: string; user: string }): string {
  const tokens: Record<string, string> = { '%': '%', d: of.home, h: of.host, n: of.original, r: of.user, u: of.user }
  return text
    .replace(/^~(?=\/|$)/, () => of.home)
    .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole)
    .replaceAll(/%([%dhnru])/g, (_, token: string) => tokens[token] as string)
}

const invalid = (where: string, why: string) =>
  new StyxError({
    code: 'ssh-config.invalid',
    what: 'It is not clear how to reach this machine',
    where,
    why,
    suggestion: 'Mend what is named, here or in ~/.ssh/config.',
  })

const unsupported = (where: string, why: string) =>
  new StyxError({
    code: 'ssh-config.unsupported',
    what: 'Styx cannot reach this machine yet',
    where,
    why,
    suggestion: 'Name another way to it, here or in ~/.ssh/config.',
  })

const jumpLoop = (where: string) =>
  new StyxError({
    code: 'ssh-config.jump-loop',
    what: 'The way to this machine leads through itself',
    where,
    why: 'Its jump hosts jump through each other. A ProxyJump under `Host *` also counts for the jump host itself.',
    suggestion: 'Give the jump host a `ProxyJump none` of its own, above.',
  })
