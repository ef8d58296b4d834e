import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

/** Is only this machine able to reach it? */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/**
 * The `Host` headers that are ours: this machine's loopback, what it listens on, and the names that the user told.
 * Anything else is another site's name pointed at us (DNS rebinding). `told` may carry a port (a tunnel's) or not (ours, or a proxy's).
 */
export function ourNames(host: string, port: number, told: string[]): string[] {
  const own = ['127.0.0.1', 'localhost', ...(isEverywhere(host) ? [hostname(), ...addresses()] : [host])]
  const names = [...own.map((name) => withPort(name, port)), ...told.flatMap((name) => [name, withPort(name, port)])]
  if (port === 80 || port === 443) names.push(...own) // browsers leave these out
  return [...new Set(names.map((name) => name.toLowerCase()))]
}

/** The name that a link carries. */
export function linkName(host: string, port: number, told: string[]): string {
  if (isLoopback(host)) return withPort(host, port)
  return withPort(told[0] ?? (isEverywhere(host) ? hostname() : host), port)
}

const isEverywhere = (host: string) => host === '0.0.0.0' || host === '::'

function withPort(name: string, port: number): string {
  if (isIP(name) === 6) return `[${name}]:${port}`
  return /:\d+$/.test(name) ? name : `${name}:${port}`
}

/** Does the request come under one of our names? */
export const isOurHost = (request: IncomingMessage, names: string[]): boolean =>
  names.includes((request.headers.host ?? '').toLowerCase())

/** Was the WebSocket opened by a page of ours? Browsers always say so; who says nothing is no browser, and is refused too. */
export function isOurOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || host === undefined) return false
  return ['http', 'https'].some((scheme) => origin.toLowerCase() === `${scheme}://${host.toLowerCase()}`)
}

const addresses = () =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address)
