import { createHash, createHmac, randomBytes } from 'node:crypto'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export type KnownHost = {
  marker: 'cert-authority' | 'revoked' | null
  /** As written: comma-separated patterns, or one hashed name. */
  names: string
  keyType: string
  /** Base64. */
  key: string
  /** `FILE:LINE`, to be shown. */
  where: string
}

/** What known_hosts says of a key that a host shows. */
export type Verdict =
  | { is: 'known' }
  | { is: 'unknown'; knownAs: string[] }
  /** `known`: each of its keys as `FILE:LINE TYPE FINGERPRINT`. */
  | { is: 'changed'; known: string[] }
  | { is: 'revoked'; where: string }

/** The lines that can be read; a bad one is passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const fields = line.trim().split(/[ \t]+/)
    if (!fields[0] || fields[0].startsWith('#')) return []
    const marker = fields[0].startsWith('@') ? fields.shift()!.slice(1) : null
    const [names, keyType, key] = fields
    if (marker !== null && marker !== 'cert-authority' && marker !== 'revoked') return []
    if (!names || !keyType || !key || typeOf(Buffer.from(key, 'base64')) !== keyType) return []
    return [{ marker, names, keyType, key, where: `${file}:${index + 1}` }]
  })
}

/** The name by which known_hosts knows a host: `host`, or `[host]:port`. */
export const knownName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`

/** A key is never taken for another one's: with any key known for the name, only such a key is right. */
export function judge(lines: readonly KnownHost[], host: string, port: number, key: Buffer): Verdict {
  const shown = key.toString('base64')
  const name = knownName(host, port)
  const revoked = lines.find((line) => line.marker === 'revoked' && line.key === shown && matches(line.names, name))
  if (revoked) return { is: 'revoked', where: revoked.where }
  const plain = lines.filter((line) => line.marker === null)
  const known = plain.filter((line) => matches(line.names, name))
  if (known.some((line) => line.key === shown)) return { is: 'known' }
  if (known.length > 0) return { is: 'changed', known: known.map(keyWords) }
  // A port that leads to a host known by its plain name, with the very key: ssh takes it too.
  const same = plain.filter((line) => line.key === shown)
  if (same.some((line) => matches(line.names, host.toLowerCase()))) return { is: 'known' }
  return { is: 'unknown', knownAs: same.map(({ names, where }) => (names.startsWith('|') ? where : names)) }
}

const keyWords = ({ where, keyType, key }: KnownHost) => `${where} ${keyType} ${fingerprint(Buffer.from(key, 'base64'))}`

/** The types of the keys that are known for a host: those are asked for first, else a host would show another key than before. */
export const knownTypes = (lines: readonly KnownHost[], host: string, port: number): string[] => [
  ...new Set(
    lines.filter(({ marker, names }) => marker === null && matches(names, knownName(host, port))).map(({ keyType }) => keyType),
  ),
]

function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = names.split('|')
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
  }
  const patterns = names.toLowerCase().split(',')
  if (patterns.some((pattern) => pattern.startsWith('!') && like(pattern.slice(1), name))) return false
  return patterns.some((pattern) => like(pattern, name))
}

/** `*` and `?`, and nothing else, stand for other characters. */
function like(pattern: string, name: string): boolean {
  const words = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${words}$`, 's').test(name)
}

/** The type that a public key in SSH's own form begins with. */
export function typeOf(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0
  return length > 0 && length < 100 ? key.toString('latin1', 4, 4 + length) : ''
}

/** As `ssh-keygen -l` shows it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** All lines of several files; one that is not there has none. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHost[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.flatMap((text, i) => parseKnownHosts(text, files[i]!))
}

/** Adds a key to a file, hashed if the other names in it are. Does nothing where it is there already. */
export async function addKnownHost(file: string, host: string, port: number, key: Buffer): Promise<void> {
  const text = await readOrNothing(file)
  const lines = parseKnownHosts(text, file)
  if (judge(lines, host, port, key).is === 'known') return
  const name = knownName(host, port)
  const hashed = lines.some(({ names }) => names.startsWith('|1|'))
  await keepLine(file, `${hashed ? hashOf(name) : name} ${typeOf(key)} ${key.toString('base64')}`)
}

/** Adds a line to a file, which is made where there is none. */
export async function keepLine(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const text = await readOrNothing(file)
  await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`, { mode: 0o600 })
}

const readOrNothing = (file: string) =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })

function hashOf(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}
