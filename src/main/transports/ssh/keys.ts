import { createPrivateKey, sign } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { BaseAgent, ParsedKey } from 'ssh2'
import type { SshAuth } from '../../../shared/node.ts'
import { ssh2 } from './ssh2.ts'

/** A key to try: who holds it, and how it is called when it is told what was tried. */
export type Key = { public: ParsedKey; name: string } & ({ heldBy: 'agent'; agent: BaseAgent } | { heldBy: 'file'; file: string })

/** An agent that does not answer is as good as none. */
const AGENT_MS = 5_000

/** The keys that a list of ways offers, each once and in its order, and what is wrong with those that cannot be used. */
export async function findKeys(auth: readonly SshAuth[]): Promise<{ keys: Key[]; problems: string[] }> {
  const found: Key[] = []
  const problems: string[] = []
  const own = await agentKeys(process.env.SSH_AUTH_SOCK)
  for (const way of auth) {
    if (way.by === 'agent') {
      const held = way.socket === null ? own : await agentKeys(way.socket)
      if (held === null) problems.push(way.socket === null ? 'no agent answers' : `no agent answers at ${way.socket}`)
      else found.push(...held)
    } else if (way.by === 'key') {
      const key = await keyOfFile(way.file)
      if (typeof key === 'string') problems.push(key)
      else found.push(own?.find((other) => isSame(other, key)) ?? key)
    }
  }
  return { keys: found.filter((key, i) => found.findIndex((other) => isSame(other, key)) === i), problems }
}

const isSame = (one: Key, other: Key) => one.public.getPublicSSH().equals(other.public.getPublicSSH())

async function agentKeys(socket: string | undefined): Promise<Key[] | null> {
  if (!socket) return null
  const { createAgent } = await ssh2()
  const agent = createAgent(socket)
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), AGENT_MS)
    agent.getIdentities((error, keys) => {
      clearTimeout(timer)
      if (error || !keys) return resolve(null)
      resolve(
        (keys as ParsedKey[]).map((key) => ({
          public: key,
          name: `the agent's key ${key.comment || key.type}`,
          heldBy: 'agent' as const,
          agent,
        })),
      )
    })
  })
}

async function keyOfFile(file: string): Promise<Key | string> {
  try {
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      return `${file} can be read by others, so it is not used (chmod 600 ${file})`
    const { utils } = await ssh2()
    const text = await readFile(file, 'utf8')
    const beside = await readFile(`${file}.pub`, 'utf8').catch(() => null)
    for (const candidate of [publicPart(text), beside, text]) {
      const key = candidate === null ? null : one(utils.parseKey(candidate))
      if (key && !(key instanceof Error)) return { public: key, name: `the key ${file}`, heldBy: 'file', file }
    }
    if (/^sk-|BEGIN.*SK/m.test(beside ?? '')) return `${file} is on a security key, which Styx cannot ask`
    return `${file} is no key that Styx can read`
  } catch (error) {
    return `${file}: ${error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : String(error)}`
  }
}

/** A private key that can sign. Its text never leaves memory. */
export type PrivateKey = { sign(data: Buffer, algorithm?: string): Buffer }

/** A passphrase takes a thread: deriving a key from one takes half a second. */
const WORKER = join(import.meta.dirname, `unlock-worker${extname(import.meta.filename)}`)

/**
 * The private key of a file.
 * @returns null when the passphrase is wrong or missing
 */
export async function unlock(file: string, passphrase: string | null): Promise<PrivateKey | null> {
  const { utils } = await ssh2()
  const text = await readFile(file, 'utf8')
  const key = one(utils.parseKey(text))
  if (!(key instanceof Error)) return key.isPrivateKey() ? signer(key.getPrivatePEM()) : null
  if (passphrase === null) return null
  const pem = await new Promise<string | null>((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: { text, passphrase } })
    worker.once('message', resolve).once('error', reject)
  })
  return pem === null ? null : signer(pem)
}

/** The key's kind names the hash, where the host has not. */
function signer(pem: string): PrivateKey {
  const key = createPrivateKey(pem)
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  const usual =
    asymmetricKeyType === 'ec'
      ? (HASH_OF_CURVE[asymmetricKeyDetails?.namedCurve ?? ''] ?? 'sha256')
      : asymmetricKeyType === 'rsa'
        ? 'sha1'
        : null
  return { sign: (data, algorithm) => sign(algorithm ?? usual, data, key) }
}

const HASH_OF_CURVE: Record<string, string> = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' }

const one = <T>(keys: T | T[]): T => (Array.isArray(keys) ? keys[0]! : keys)

/**
 * The public key that stands in clear in an OpenSSH private key file, also in one with a passphrase (PROTOCOL.key: magic, cipher, kdf,
 * its options, the number of keys, the public key).
 */
function publicPart(text: string): Buffer | null {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text) ?? []
  if (!body) return null
  const bytes = Buffer.from(body, 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.toString('latin1', 0, magic.length) !== magic) return null
  let at = magic.length
  const next = () => {
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  try {
    for (const _ of ['cipher', 'kdf', 'options']) next()
    at += 4
    return next()
  } catch {
    return null // cut short
  }
}
