import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Ray } from '../../shared/ray.ts'
import { rayOnNode } from './on-node.ts'
import { type Probe, parseProbe } from './probe.ts'
import type { ScriptAccess } from './run-script.ts'

/**
 * What Ray's head says of its cluster, every `every_s`, through one small loop on the head. Ends when the loop or the connection does.
 * @throws StyxError `ray.unreadable`, and what the transport throws
 */
export async function* followHealth(ray: Ray, access: ScriptAccess, every_s: number): AsyncGenerator<Probe> {
  const head = ray.nodes[0]
  const on = head && rayOnNode(ray, head.nodeId)
  if (!head?.port || !on) return
  const stop = new AbortController()
  const abort = () => stop.abort()
  access.signal.addEventListener('abort', abort, { once: true })
  try {
    const text = await readFile(join(access.resources, 'node', 'ray-health.py'), 'utf8')
    const argv = [on.python, '-I', '-c', text, String(head.port + 1), on.tokenFile, String(every_s)] as const
    const process = await access.transport.exec(argv, { cwd: '/', signal: stop.signal })
    process.stdin.on('error', () => {})
    process.stdin.end()
    process.stderr.resume()
    for await (const line of createInterface({ input: process.stdout })) yield parseProbe(line)
  } finally {
    access.signal.removeEventListener('abort', abort)
    stop.abort()
  }
}
