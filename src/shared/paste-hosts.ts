import { type HostName, hostProblem, parseTarget } from './pool.ts'

/** What a pasted text names, and the lines that are not understood, by number from 1. */
export type PastedHosts = { hosts: HostName[]; problems: { line: number; text: string; what: string }[] }

/**
 * Reads machines as they are pasted, one a line: `user@host`, `host:port`, `[v6]:port`, `ssh://…`, or a command of ssh with its options
 * -p, -l, -i and -J. Empty lines and comments (`#`) are passed over, and a machine is taken once. Pure; never throws.
 */
export function parsePastedHosts(text: string): PastedHosts {
  const hosts = new Map<string, HostName>()
  const problems: PastedHosts['problems'] = []
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const words = line.replace(/(^|\s)#.*$/, '').trim()
    if (words === '') continue
    const host = parseLine(words.split(/\s+/))
    if (typeof host === 'string') problems.push({ line: index + 1, text: shortened(words), what: host })
    else hosts.set(JSON.stringify(host), host)
  }
  return { hosts: [...hosts.values()], problems }
}

/** The machine, or what is wrong in words. */
function parseLine(given: string[]): HostName | string {
  const words = given[0] === 'ssh' ? given.slice(1) : given
  const options: Record<string, string> = {}
  const plain: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const [, name, joined] = /^-([pliJ])(.*)$/.exec(word) ?? []
    if (name !== undefined) {
      const value = joined || words[++i]
      if (value === undefined) return `-${name} has no value.`
      options[name] = value
    } else if (word.startsWith('-')) return `The option ${word} is not understood: -p, -l, -i and -J are.`
    else plain.push(word)
  }
  const [only, ...more] = plain
  if (only === undefined) return 'It names no machine.'
  if (more.length > 0) return 'One machine a line.'
  const target = parseTarget(only)
  if (target === null) return 'It is no user@host:port.'
  if (options.p !== undefined && !/^\d{1,6}$/.test(options.p)) return 'The port is a number from 1 to 65535.'
  const host: HostName = {
    host: target.host,
    user: options.l ?? target.user,
    port: options.p === undefined ? target.port : Number(options.p),
    identityFile: options.i ?? null,
    jump: options.J ?? null,
  }
  const problem = hostProblem(host)
  return problem ? `${FIELDS[problem.field]}: ${problem.why}` : host
}

const FIELDS: Record<keyof HostName, string> = {
  host: 'Name',
  user: 'User',
  port: 'Port',
  identityFile: 'Key file',
  jump: 'Jump host',
}

const shortened = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text)
