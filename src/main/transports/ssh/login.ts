import type { AnyAuthMethod, ParsedKey } from 'ssh2'
import { StyxError } from '../../../shared/error.ts'
import { type SshHost, sshName } from '../../../shared/node.ts'
import type { Asks } from '../../asks.ts'
import type { Secrets } from '../../storage/secrets.ts'
import { findKeys, type PrivateKey, unlock } from './keys.ts'

/** What a login lacks, to be had before the next attempt: no host waits long enough for a user who is asked in the middle of it. */
export type Need = { is: 'passphrase'; file: string } | { is: 'password'; failed: boolean }

/** The names under which secrets are kept. */
export const passwordName = (host: Pick<SshHost, 'user' | 'host' | 'port'>): string => `ssh-password:${sshName(host)}`
export const passphraseName = (file: string): string => `ssh-passphrase:${file}`

/** How often a secret is asked for before it counts as refused. */
const TIMES = 3

type Handler = (left: string[] | null, partial: boolean | null, next: (way: AnyAuthMethod | false) => void) => void

/** The logins to one host, over all its attempts and connections. */
export type Login = {
  /** For one attempt: it ends with `next(false)`, and then says what it lacked. `signal` ends what it asks meanwhile. */
  attempt(signal: AbortSignal): Promise<{
    handler: Handler
    need(): Need | null
    /** In words. */
    tried(): string[]
    /** The methods that the host would still take. */
    allowed(): string[]
    /** The user is being asked: the host, not we, decides how long that may take. */
    isAsking(): boolean
    failed(): unknown
  }>
  /** @throws StyxError `ask.dismissed`, `ssh.passphrase-wrong`, or the signal's reason */
  supply(need: Need, signal: AbortSignal): Promise<void>
  /** What the user wanted to be remembered goes into the keyring now that it is known to be right. */
  succeeded(): Promise<void>
}

/** Keys that were unlocked once serve every host. */
export type Unlocked = Map<string, PrivateKey>

export function createLogin(host: SshHost, deps: { asks: Asks; secrets: Promise<Secrets>; unlocked: Unlocked }): Login {
  const { asks, unlocked } = deps
  const about = sshName(host)
  const name = passwordName(host)
  let password: string | null = null
  let asked = 0
  let toRemember: string | null = null
  const withPassword = host.auth.some(({ by }) => by === 'password')

  return {
    attempt: async (signal) => {
      const { keys, problems } = await findKeys(host.auth)
      const tried: string[] = [...problems]
      const username = host.user
      let allowed: string[] = []
      let need: Need | null = null
      let failed: unknown = null
      let passwordUsed = false
      let keySigned = false
      let askedAgain = false
      /** One way was taken already, and the host wants another one too. */
      let further = false
      let codes = 0
      let asking = 0

      const lack = (what: Need, next: (way: false) => void) => {
        need = what
        next(false)
      }

      async function answerPrompts(
        instructions: string,
        prompts: { prompt: string; echo?: boolean }[],
      ): Promise<string[] | null> {
        const answers: string[] = []
        for (const { prompt, echo = false } of prompts) {
          if (!echo && /password/i.test(prompt) && withPassword) {
            if (password === null || passwordUsed) {
              need = { is: 'password', failed: passwordUsed }
              return null
            }
            passwordUsed = true
            tried.push('a password')
            answers.push(password)
          } else {
            asking++
            const question = { kind: 'code', about, prompt: clean(prompt), instructions: clean(instructions), echo } as const
            const answer = await asks.ask(question, signal).finally(() => asking--)
            tried.push(`an answer to "${clean(prompt)}"`)
            answers.push(answer.value)
          }
        }
        return answers
      }

      const handler: Handler = (left, partial, next) => {
        if (left === null) return next({ type: 'none', username }) // the host then says what it takes
        allowed = left
        // ssh2 does not hand on what a host says after it took a key of an agent: where it wants more, it is asked again.
        if (keySigned && !askedAgain) {
          askedAgain = true
          return next({ type: 'none', username })
        }
        further ||= partial === true || askedAgain
        const key = left.includes('publickey') ? keys.shift() : undefined
        if (key?.heldBy === 'agent') {
          tried.push(key.name)
          const { agent } = key
          const single = Object.assign(Object.create(agent), {
            getIdentities: (done: (error: null, keys: ParsedKey[]) => void) => done(null, [key.public]),
            sign: (...args: Parameters<typeof agent.sign>) => {
              keySigned = true
              return agent.sign(...args)
            },
          })
          return next({ type: 'agent', username, agent: single })
        }
        if (key) {
          tried.push(key.name)
          // Only once the host wants this very key is its passphrase asked for.
          const lazy = Object.assign(Object.create(key.public), {
            isPrivateKey: () => true,
            sign: (data: Buffer, algorithm?: string) => {
              const whole = unlocked.get(key.file)
              if (whole) return whole.sign(data, algorithm)
              need = { is: 'passphrase', file: key.file }
              return new Error('a passphrase is needed')
            },
          })
          return next({ type: 'publickey', username, key: lazy })
        }
        if ((withPassword || further) && left.includes('password')) {
          if (password === null || passwordUsed) return lack({ is: 'password', failed: passwordUsed }, next)
          passwordUsed = true
          tried.push('a password')
          return next({ type: 'password', username, password })
        }
        if ((withPassword || further) && left.includes('keyboard-interactive') && codes < TIMES) {
          codes++
          return next({
            type: 'keyboard-interactive',
            username,
            prompt: (name, instructions, _lang, prompts, finish) => {
              answerPrompts(`${name} ${instructions}`, prompts).then(
                (answers) => (answers ? finish(answers) : next(false)),
                (error: unknown) => {
                  failed = error
                  next(false)
                },
              )
            },
          })
        }
        next(false)
      }
      return {
        handler,
        need: () => need,
        tried: () => tried,
        allowed: () => allowed,
        isAsking: () => asking > 0,
        failed: () => failed,
      }
    },

    supply: async (need, signal) => {
      const secrets = await deps.secrets
      if (need.is === 'passphrase') return unlockFile(need.file, { asks, secrets, unlocked, signal })
      const kept = need.failed || asked > 0 ? null : await secrets.read(name).catch(() => null)
      if (kept !== null) {
        password = kept
        return
      }
      password = null
      if (asked >= TIMES) {
        asked = 0
        throw wrong('ssh.login-refused', 'The machine does not take the password', about)
      }
      asked++
      const answer = await asks.ask({ kind: 'password', about, failed: need.failed }, signal)
      password = answer.value
      toRemember = answer.remember ? answer.value : null
    },

    succeeded: async () => {
      asked = 0
      if (toRemember === null) return
      const value = toRemember
      toRemember = null
      await (await deps.secrets).write(name, value).catch(() => {}) // it is asked for again then
    },
  }
}

async function unlockFile(
  file: string,
  { asks, secrets, unlocked, signal }: { asks: Asks; secrets: Secrets; unlocked: Unlocked; signal: AbortSignal },
): Promise<void> {
  const name = passphraseName(file)
  const plain = (await unlock(file, null)) ?? (await unlock(file, await secrets.read(name).catch(() => null)))
  if (plain) return void unlocked.set(file, plain)
  for (let time = 0; time < TIMES; time++) {
    const { value, remember } = await asks.ask({ kind: 'passphrase', about: file, file, failed: time > 0 }, signal)
    const key = await unlock(file, value)
    if (!key) continue
    unlocked.set(file, key)
    if (remember) await secrets.write(name, value).catch(() => {})
    return
  }
  throw wrong('ssh.passphrase-wrong', 'The passphrase is not the one of this key', file)
}

const wrong = (code: string, what: string, where: string) =>
  new StyxError({
    code,
    what,
    where,
    why: `${TIMES} answers were wrong.`,
    suggestion: 'Check the machine again to be asked anew.',
  })

/** What a host wants to be shown is text, and no more of it than fits. */
const clean = (text: string) =>
  text
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 500)
