import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { errorData, errorDataOf, StyxError } from '../../shared/error.ts'

/** What a second start asks of the engine that runs. */
export const ownerRequest = z.discriminatedUnion('do', [
  z.object({ do: z.literal('focus') }),
  z.object({ do: z.literal('link') }),
])
export type OwnerRequest = z.infer<typeof ownerRequest>

/** `say`: a sentence to print; `link`: to open in a browser, where there is one. */
export const ownerAnswer = z.object({ say: z.string(), link: z.string().nullable() })
export type OwnerAnswer = z.infer<typeof ownerAnswer>

const reply = z.union([z.object({ answer: ownerAnswer }), z.object({ error: errorData })])

/** One short line each way. */
const LINE_MAX_BYTES = 16 * 1024
const ANSWER_MS = 5_000
/** `sun_path` has 104 bytes on macOS and 108 on Linux, with a final 0. */
const PATH_MAX_BYTES = 103

/** Where the owner of a state folder listens: `engine.sock` in it; elsewhere where that path is too long for a socket, or on Windows. */
export async function socketPath(folder: string): Promise<string> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\styx-${hash}`
  const path = join(folder, 'engine.sock')
  return Buffer.byteLength(path) <= PATH_MAX_BYTES ? path : join(await privateFolder(), `${hash}.sock`)
}

/** A folder that only this user can reach. In a shared /tmp another user may have made it first. */
async function privateFolder(): Promise<string> {
  const runtime = process.env.XDG_RUNTIME_DIR
  if (runtime && Buffer.byteLength(runtime) < PATH_MAX_BYTES - 30) return runtime
  const { uid } = userInfo()
  const folder = join(tmpdir(), `styx-${uid}`)
  await mkdir(folder, { mode: 0o700 }).catch(() => {})
  const found = await lstat(folder)
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return folder
  throw new StyxError({
    code: 'owner.folder',
    what: 'There is no safe place for the socket',
    where: folder,
    why: 'It belongs to somebody else, or others may write there.',
    suggestion: 'Remove it, or set STYX_HOME to a shorter path.',
  })
}

/** Listens on the path, where a killed process may have left its socket: the caller holds the folder's lock. Returns what ends it. */
export async function listenOn(
  path: string,
  answer: (request: OwnerRequest) => Promise<OwnerAnswer>,
): Promise<() => Promise<void>> {
  if (process.platform !== 'win32') await rm(path, { force: true })
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    client.on('error', () => {}) // whoever asked has gone
    void respond(client, answer)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  if (process.platform !== 'win32') await chmod(path, 0o600)
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const client of clients) client.destroy()
    await closed
  }
}

async function respond(client: Socket, answer: (request: OwnerRequest) => Promise<OwnerAnswer>) {
  try {
    const request = ownerRequest.parse(JSON.parse(await readLine(client)))
    client.end(`${JSON.stringify({ answer: await answer(request) })}\n`)
  } catch (error) {
    client.end(`${JSON.stringify({ error: errorDataOf(error) })}\n`)
  }
}

/**
 * Asks the engine that listens there; null when nobody does.
 * @throws StyxError what the engine answered, or `owner.silent`
 */
export async function askOwner(path: string, request: OwnerRequest): Promise<OwnerAnswer | null> {
  const socket = connect(path)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
  } catch {
    return null
  }
  socket.on('error', () => {})
  socket.write(`${JSON.stringify(request)}\n`)
  const line = await readLine(socket).finally(() => socket.destroy())
  if (line === '') return null // it ended in the middle
  const parsed = reply.parse(JSON.parse(line))
  if ('error' in parsed) throw new StyxError(parsed.error)
  return parsed.answer
}

/** The first line; "" when the socket ends before one came. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const end = () => {
      clearTimeout(timer)
      const newline = text.indexOf('\n')
      resolve(newline === -1 ? '' : text.slice(0, newline))
    }
    const timer = setTimeout(() => reject(silent()), ANSWER_MS)
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => {
      text += part
      if (text.includes('\n') || text.length > LINE_MAX_BYTES) end()
    })
    socket.once('close', end)
  })
}

const silent = () =>
  new StyxError({
    code: 'owner.silent',
    what: 'The Styx that runs does not answer',
    why: `Nothing came within ${ANSWER_MS / 1000} s.`,
    suggestion: 'Try again; if it stays so, end that process.',
    retryable: true,
  })
