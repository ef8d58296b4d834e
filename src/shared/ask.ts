import * as z from 'zod'

const base = {
  id: z.string(),
  /** Epoch ms. */
  at: z.number(),
  /** The machine that it is about, as `user@host:port` (`sshName` of its endpoint). */
  about: z.string(),
}

/** A question that something waits on: an operation, a terminal, a check. It is there as long as somebody waits for its answer. */
export const ask = z.discriminatedUnion('kind', [
  /** Nobody has seen this key before. The answer is its fingerprint: yes, this one. */
  z.object({
    ...base,
    kind: z.literal('host-key'),
    /** As known_hosts names it: `host`, or `[host]:port`. */
    host: z.string(),
    /** `ssh-ed25519` and the like. */
    keyType: z.string(),
    /** `SHA256:…`, as ssh shows it. */
    fingerprint: z.string(),
    /** Other names by which the same key is known already. */
    knownAs: z.array(z.string()),
  }),
  /** `failed`: the last answer was wrong. */
  z.object({ ...base, kind: z.literal('password'), failed: z.boolean() }),
  z.object({ ...base, kind: z.literal('passphrase'), file: z.string(), failed: z.boolean() }),
  /** Whatever else the machine wants to know, in its own words: a code of a second factor, as a rule. */
  z.object({ ...base, kind: z.literal('code'), prompt: z.string(), instructions: z.string(), echo: z.boolean() }),
])
export type Ask = z.infer<typeof ask>

/** What the user says to an {@link Ask}. Never stored, logged or sent anywhere but to who asked. */
export const askAnswer = z.object({
  askId: z.string().min(1).max(100),
  value: z.string().max(10_000),
  /** Keep it in the keyring (passwords and passphrases). */
  remember: z.boolean().default(false),
})
export type AskAnswer = z.infer<typeof askAnswer>
