import { readFile } from 'node:fs/promises'
import { LineCounter, parseDocument } from 'yaml'
import * as z from 'zod'
import type { FileProblem } from '../../../shared/found.ts'
import type { HostName } from '../../../shared/pool.ts'
import { parseTarget } from '../../../shared/pool.ts'

export type PoolsFile = { pools: { name: string; hosts: (HostName & { line: number })[] }[]; problems: FileProblem[] }

const hostFields = z.object({
  ip: z.string(),
  user: z.string().nullish(),
  identity_file: z.string().nullish(),
})
const poolFields = z.object({
  user: z.string().nullish(),
  identity_file: z.string().nullish(),
  hosts: z.array(z.unknown()),
})

/** SkyPilot's node pools (docs.skypilot.co, "SSH node pools"): a host is a name of ~/.ssh/config, or `ip`, `user` and `identity_file`. */
export async function readPools(file: string): Promise<PoolsFile> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? '' : error))
  if (typeof text !== 'string') return { pools: [], problems: [{ file, line: 0, what: `It cannot be read: ${text.message}` }] }
  return parsePools(text, file)
}

/** {@link readPools} of a text. Pure; never throws. */
export function parsePools(text: string, file: string): PoolsFile {
  const problems: FileProblem[] = []
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const lineOf = (path: (string | number)[]): number => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
    return node?.range ? lines.linePos(node.range[0]).line : 0
  }
  for (const { message, linePos } of document.errors)
    problems.push({ file, line: linePos?.[0].line ?? 0, what: message.split('\n')[0] as string })
  if (problems.length > 0) return { pools: [], problems }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    // An alias without its anchor, or too many of them, shows only here.
    return { pools: [], problems: [{ file, line: 0, what: (error as Error).message }] }
  }
  if (value === null || value === undefined) return { pools: [], problems }
  if (typeof value !== 'object' || Array.isArray(value)) {
    return { pools: [], problems: [{ file, line: 1, what: 'It is no map of pools.' }] }
  }
  const pools: PoolsFile['pools'] = []
  for (const [name, one] of Object.entries(value)) {
    const pool = poolFields.safeParse(one)
    if (!pool.success) {
      problems.push({ file, line: lineOf([name]), what: `${name}: it has no list of hosts that can be read.` })
      continue
    }
    const hosts: PoolsFile['pools'][number]['hosts'] = []
    for (const [index, entry] of pool.data.hosts.entries()) {
      const line = lineOf([name, 'hosts', index])
      const host = readHost(entry, pool.data)
      if (host) hosts.push({ ...host, line })
      else problems.push({ file, line, what: `${name}: a host is a name, or has an ip.` })
    }
    pools.push({ name, hosts })
  }
  return { pools, problems }
}

function readHost(entry: unknown, pool: z.infer<typeof poolFields>): HostName | null {
  if (typeof entry === 'string') {
    const target = parseTarget(entry)
    return target && { ...target, user: target.user ?? pool.user ?? null, identityFile: pool.identity_file ?? null, jump: null }
  }
  const host = hostFields.safeParse(entry)
  if (!host.success) return null
  const { ip, user, identity_file } = host.data
  return {
    host: ip,
    user: user ?? pool.user ?? null,
    port: null,
    identityFile: identity_file ?? pool.identity_file ?? null,
    jump: null,
  }
}
