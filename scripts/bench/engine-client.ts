import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import { bytesPeer } from '../../src/main/hosts/web-socket.ts'
import { createByteStreams } from '../../src/renderer/rpc/byte-streams.ts'
import type { Contract } from '../../src/shared/contract.ts'

/** What a prompt of the bench's shells looks like. */
export const PROMPT = 'bench> '

/** A real engine behind the built web host, in a process of its own, and a client as the page is one. */
export type EngineClient = {
  api: ContractRouterClient<Contract>
  openBytes: ReturnType<typeof createByteStreams>['open']
  /** Where it is served, and the cookie that a browser needs there. */
  origin: string
  cookie: string
  /** HOME of the engine. */
  home: string
  /** Memory of the engine's process now. */
  rss_MiB(): Promise<number>
  close(): Promise<void>
}

/** Starts it with homes of its own. */
export async function startEngine(): Promise<EngineClient> {
  const folder = await mkdtemp(join(tmpdir(), 'styx-bench-'))
  await writeFile(join(folder, '.bash_profile'), `PS1='${PROMPT}'\nunset PROMPT_COMMAND\n`)
  const child = spawn(process.execPath, ['out/main/serve.js', '--port', '0', '--no-open'], {
    env: { PATH: process.env.PATH, HOME: folder, STYX_HOME: join(folder, 'state'), SHELL: '/bin/bash', LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  while (!/http:\/\/127\.0\.0\.1:\d+\/\S+/.test(out)) out += String((await once(child.stdout, 'data'))[0])
  const link = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(out)?.[0] as string
  const answer = await fetch(link)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] as string
  const { origin } = new URL(link)
  const socket = async (path: string) => {
    const opened = new WebSocket(`${origin.replace('http', 'ws')}${path}`, { headers: { cookie, origin } })
    await once(opened, 'open')
    return opened
  }
  const [rpc, bytes] = await Promise.all([socket('/rpc'), socket('/bytes')])
  const streams = createByteStreams()
  streams.use(bytesPeer(bytes))
  return {
    api: createORPCClient(new RPCLink({ websocket: rpc as unknown as globalThis.WebSocket })),
    openBytes: streams.open,
    origin,
    cookie,
    home: folder,
    rss_MiB: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
    },
    close: async () => {
      rpc.terminate()
      bytes.terminate()
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
