import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Who may come in: one-time tokens for links, each exchanged for a cookie. All of them end with this process. */
export type WebSession = {
  /** A token that signs one browser in. */
  newToken(): string
  /** The `Set-Cookie` header for a token that was not used yet; null otherwise. */
  redeem(token: string): string | null
  isSignedIn(request: IncomingMessage): boolean
}

/** Cookies are shared by all ports of a host, so the name carries the port. */
export function createWebSession(port: number, secure: boolean): WebSession {
  const name = `styx-${port}`
  const tokens = new Set<string>()
  const sessions = new Set<string>()
  const secret = () => randomBytes(32).toString('base64url')
  return {
    newToken() {
      const token = secret()
      tokens.add(token)
      return token
    },
    redeem(token) {
      if (!tokens.delete(token)) return null
      const session = secret()
      sessions.add(session)
      return `${name}=${session}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
    },
    isSignedIn: (request) => cookies(request, name).some((value) => sessions.has(value)),
  }
}

function cookies(request: IncomingMessage, name: string): string[] {
  return (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}
