import { connect as connectSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { StyxError } from '../../../shared/error.ts'
import { type SshHost, sshName } from '../../../shared/node.ts'
import type { Asks } from '../../asks.ts'
import { handshakeError, hostKeyChanged, hostKeyRevoked, loginRefused, socketError, tooManyTries, tooSlow } from './errors.ts'
import { addKnownHost, fingerprint, judge, type KnownHost, knownName, knownTypes, readKnownHosts, typeOf } from './known-hosts.ts'
import type { Login, Need } from './login.ts'
import { ssh2 } from './ssh2.ts'

const DIAL_S = 15
/** From the first byte to the host's key being checked. */
const HANDSHAKE_S = 20
/** Without the time in which the user is asked. */
const LOGIN_S = 30
/** What a server may say before it says SSH. */
const GREETING_BYTES = 64 * 1024
/** A ping so often; a link that answers none of them in half a minute is given up. */
const PING_MS = 3_000
const PINGS = 10

export type ConnectTo = {
  host: SshHost
  /** A way to the host's port: a socket, or a channel of the host before it. */
  dial(signal: AbortSignal): Promise<Duplex>
  login: Login
  asks: Asks
  /** The files to look a host up in; a key that the user trusts is added to the first. */
  knownHosts: readonly string[]
}

/** A connection that is logged in, and the stream under it. */
export type Connected = { client: Client; under: Duplex }

type Lacks = { lacks: Need } | { lacks: { is: 'host-key'; key: Buffer; knownAs: string[] } }

/**
 * Connects and logs in. What it lacks (a host key that nobody knows, a password) it asks for, and then connects anew.
 * @throws StyxError `ssh.…`, `ask.dismissed`, or the signal's reason
 */
export async function connect(to: ConnectTo, signal: AbortSignal): Promise<Connected> {
  for (;;) {
    signal.throwIfAborted()
    const outcome = await attempt(to, signal)
    if (!('lacks' in outcome)) {
      await to.login.succeeded()
      return outcome
    }
    if (outcome.lacks.is === 'host-key') await trust(to, outcome.lacks, signal)
    else await to.login.supply(outcome.lacks, signal)
  }
}

async function trust(
  { host, asks, knownHosts }: ConnectTo,
  { key, knownAs }: { key: Buffer; knownAs: string[] },
  signal: AbortSignal,
) {
  const name = host.hostKeyAlias ?? host.host
  await asks.ask(
    {
      kind: 'host-key',
      about: sshName(host),
      host: knownName(name, host.port),
      keyType: typeOf(key),
      fingerprint: fingerprint(key),
      knownAs,
    },
    signal,
  )
  const [file] = knownHosts
  if (file === undefined) throw new Error('there is no known_hosts file to write to')
  await addKnownHost(file, name, host.port, key).catch((error: unknown) => {
    throw new StyxError({
      code: 'ssh.known-hosts-unwritable',
      what: 'The key of the machine could not be kept',
      where: file,
      why: error instanceof Error ? error.message : String(error),
      suggestion: 'Give yourself the right to write this file, then connect again.',
    })
  })
}

/** ssh2 writes a packet in three or four pieces, each a packet of its own on a socket without delay: those of one turn go out as one. */
function inOne<T extends Duplex>(under: T): T {
  const write = under.write
  let gathering = false
  under.write = ((...args: Parameters<T['write']>) => {
    if (!gathering) {
      gathering = true
      under.cork()
      process.nextTick(() => {
        gathering = false
        under.uncork()
      })
    }
    return write.apply(under, args)
  }) as T['write']
  return under
}

async function attempt(to: ConnectTo, signal: AbortSignal): Promise<Connected | Lacks> {
  const { host, login } = to
  const ended = new AbortController() // what the login asks ends with the attempt
  const [{ Client }, known, way] = await Promise.all([ssh2(), readKnownHosts(to.knownHosts), login.attempt(ended.signal)])
  const under = inOne(await to.dial(signal)) // nothing is awaited from here on: a server that hangs up at once would not be heard
  const client = new Client()
  let timer: NodeJS.Timeout | undefined
  let heard = 0
  let shookHands = false
  let lacks: Lacks['lacks'] | null = null
  let refused: StyxError | null = null

  const countGreeting = (chunk: Buffer) => {
    heard += chunk.length
    if (!shookHands && heard > GREETING_BYTES) client.emit('error', new Error('the greeting never ends'))
  }
  try {
    return await new Promise<Connected | Lacks>((resolve, reject) => {
      const limit = (seconds: number, doing: string) => {
        clearTimeout(timer)
        timer = setTimeout(() => (way.isAsking() ? limit(seconds, doing) : reject(tooSlow(host, doing, seconds))), seconds * 1000)
      }
      const fail = (error: unknown) => {
        const lack = lacks ?? way.need()
        if (lack) resolve({ lacks: lack } as Lacks)
        else reject(refused ?? way.failed() ?? error)
      }
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: ended.signal })
      if (signal.aborted) return reject(signal.reason)
      client.on('error', (error: Error & { level?: string; code?: unknown }) => {
        if (error.level === 'agent') return // an agent's failure is not the host's: the next way is tried
        if (error.level === 'client-authentication') return fail(loginRefused(host, way.tried(), way.allowed()))
        if (/too many authentication failures/i.test(error.message)) return fail(tooManyTries(host, way.tried()))
        fail(handshakeError(host, error))
      })
      client.once('close', () =>
        fail(
          way.tried().length > 0
            ? loginRefused(host, [...way.tried(), 'then it hung up'], way.allowed())
            : handshakeError(host, new Error('it hung up')),
        ),
      )
      client.once('handshake', () => {
        shookHands = true
        limit(LOGIN_S, 'The login')
      })
      client.once('ready', () => resolve({ client, under }))
      limit(HANDSHAKE_S, 'The greeting')
      under.on('data', countGreeting)
      client.connect({
        sock: under,
        username: host.user,
        readyTimeout: 0,
        keepaliveInterval: PING_MS,
        keepaliveCountMax: PINGS,
        algorithms: { serverHostKey: keyTypes(host, known) as never },
        hostVerifier: (key: Buffer, verify: (right: boolean) => void) => {
          const said = checkKey(host, known, key)
          if (said === true) return verify(true)
          if (said instanceof StyxError) refused = said
          else lacks = said
          verify(false)
        },
        authHandler: way.handler as never,
      })
    }).then((outcome) => {
      if ('lacks' in outcome) throw outcome
      return outcome
    })
  } catch (error) {
    client.on('error', () => {}) // what a connection that is given up still says
    client.destroy()
    under.destroy()
    if (typeof error === 'object' && error !== null && 'lacks' in error) return error as Lacks
    throw error
  } finally {
    clearTimeout(timer)
    under.off('data', countGreeting)
    ended.abort()
  }
}

function checkKey(host: SshHost, known: readonly KnownHost[], key: Buffer): true | StyxError | Lacks['lacks'] {
  const shown = { type: typeOf(key), fingerprint: fingerprint(key) }
  const verdict = judge(known, host.hostKeyAlias ?? host.host, host.port, key)
  if (verdict.is === 'revoked') return hostKeyRevoked(host, shown.fingerprint, verdict.where)
  if (host.hostKeys.length > 0) {
    if (host.hostKeys.some((line) => line.split(' ')[1] === key.toString('base64'))) return true
    return hostKeyChanged(host, shown, host.hostKeys.map(pinnedWords))
  }
  switch (verdict.is) {
    case 'known':
      return true
    case 'changed':
      return hostKeyChanged(host, shown, verdict.known)
    case 'unknown':
      return { is: 'host-key', key, knownAs: verdict.knownAs }
  }
}

function pinnedWords(line: string): string {
  const [type = '', key = ''] = line.split(' ')
  return `the key that it was made with: ${type} ${fingerprint(Buffer.from(key, 'base64'))}`
}

const KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
]

/** The types of host keys to ask for, those that are known first. */
function keyTypes(host: SshHost, known: readonly KnownHost[]): string[] {
  const pinned = host.hostKeys.map((line) => line.split(' ')[0])
  const first = pinned.length > 0 ? pinned : knownTypes(known, host.hostKeyAlias ?? host.host, host.port)
  const isFirst = (type: string) => first.includes(type.startsWith('rsa-sha2') ? 'ssh-rsa' : type)
  return [...KEY_TYPES.filter(isFirst), ...KEY_TYPES.filter((type) => !isFirst(type))]
}

/** A socket to the host itself. */
export function dialDirectly(host: SshHost, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // Without noDelay a keystroke waits 40 ms for the one before it to be acknowledged (measured).
    const socket = connectSocket({ host: host.host, port: host.port, noDelay: true })
    const give = (error: unknown) => {
      done()
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => give(tooSlow(host, 'The connection', DIAL_S)), DIAL_S * 1000)
    const onAbort = () => give(signal.reason)
    const onError = (error: Error) => give(socketError(host, error))
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off('error', onError)
      socket.on('error', () => {}) // from here on its client hears them
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      done()
      resolve(socket)
    })
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
}
