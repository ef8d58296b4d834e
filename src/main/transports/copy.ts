import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { StyxError } from '../../shared/error.ts'
import { GET, HOLD, KEEP, LOOK_FOR_GET, LOOK_FOR_PUT, REMOVE } from './copy-scripts.ts'
import { answerOf, lastWords, lost, refused } from './node-answer.ts'
import type { Transport } from './transport.ts'

/** A copy goes on at a whole number of these. */
const BLOCK = 1024 * 1024
/** Hashing gigabytes of a slow disk takes its time. */
const LOOK_MS = 10 * 60_000
/** A connection that is lost is made anew so often. */
const TRIES = 4

export type CopyOptions = {
  /** Bytes that are there, and of how many. A copy that goes on begins with what was there. */
  progress?(done: number, total: number): void
  signal: AbortSignal
}
type Over = Pick<Transport, 'exec'>

/**
 * Copies a file of this computer to a node, over whatever leads there: a stream into `sh`, measured faster than ssh2's SFTP and at home
 * also where there is no sftp-server. It grows under a name of its own beside `to` (`.NAME.HASH.styx-part`) and takes its name once it is
 * whole, with its mode and time. A copy that was cut off or cancelled leaves that part, and the next one of the same file goes on there if
 * the part's SHA-256 is that of the file's beginning.
 * @param to absolute, in a folder that is there
 * @throws StyxError `files.…`, or the signal's reason
 */
export async function put(over: Over, from: string, to: string, options: CopyOptions): Promise<void> {
  const { signal, progress } = options
  await retried(signal, async () => {
    const file = await open(from, 'r').catch((error: unknown) => Promise.reject(unreadable(from, error)))
    try {
      const before = await file.stat({ bigint: true })
      if (!before.isFile()) throw unreadable(from, new Error('It is no file.'))
      const size = Number(before.size)
      const part = partName(to, [from, before.ino, before.size, before.mtimeNs].join())
      const found = await ask(over, LOOK_FOR_PUT, [to, part], to, signal)
      if (/^is-folder$/m.test(found)) throw inTheWay(to)
      const blocks = await sameBlocks(found, from, size)
      progress?.(blocks * BLOCK, size)
      await send(over, file, { part, blocks, size, to, options })
      const after = await stat(from, { bigint: true }).catch(() => null)
      if (after?.size !== before.size || after.mtimeNs !== before.mtimeNs) {
        await ask(over, REMOVE, [part], to, signal)
        throw changed(from)
      }
      const mode = (Number(before.mode) & 0o777).toString(8)
      await ask(over, KEEP, [part, to, String(size), mode, touchStamp(Number(before.mtimeMs))], to, signal)
    } finally {
      await file.close()
    }
  })
}

type Sending = { part: string; blocks: number; size: number; to: string; options: CopyOptions }

async function send(over: Over, file: FileHandle, { part, blocks, size, to, options }: Sending): Promise<void> {
  const { signal, progress } = options
  const child = await over.exec(script(HOLD, [part, String(blocks)]), { cwd: '/', signal })
  const said = lastWords(child.stdout, child.stderr)
  // The next block is read while the last one is on its way.
  const buffers = [Buffer.allocUnsafe(BLOCK), Buffer.allocUnsafe(BLOCK), Buffer.allocUnsafe(BLOCK)]
  let at = blocks * BLOCK
  let turn = 0
  const read = () => file.read(buffers[turn++ % buffers.length] as Buffer, 0, Math.min(BLOCK, Math.max(0, size - at)), at)
  let broken: unknown = null
  try {
    let written: Promise<void> = Promise.resolve()
    for (;;) {
      const { bytesRead, buffer } = await read()
      at += bytesRead
      await written
      if (bytesRead === 0 || signal.aborted) break
      progress?.(at - bytesRead, size)
      written = new Promise((resolve, reject) =>
        child.stdin.write(buffer.subarray(0, bytesRead), (error) => (error ? reject(error) : resolve())),
      )
      written.catch(() => {}) // told by the next await
    }
    child.stdin.end()
  } catch (error) {
    broken = error
    child.stdin.destroy()
  }
  const exit = await child.exit
  signal.throwIfAborted()
  if (exit.code !== 0) throw refused(to, said(), exit)
  if (broken) throw lost(to, String(broken))
  progress?.(size, size)
}

/**
 * Copies a file of a node to this computer, as {@link put} does the other way.
 * @param from absolute  @param to absolute, in a folder that is there
 * @throws StyxError `files.…`, or the signal's reason
 */
export async function get(over: Over, from: string, to: string, options: CopyOptions): Promise<void> {
  const { signal, progress } = options
  await retried(signal, async () => {
    const first = await look(over, from, 0, signal)
    const part = partName(to, [from, first.size, first.mtime].join())
    const had = (await stat(part).catch(() => null))?.size ?? 0
    let blocks = had <= first.size ? Math.floor(had / BLOCK) : 0
    if (blocks > 0 && (await look(over, from, blocks, signal)).sum !== (await sumOf(part, blocks * BLOCK))) blocks = 0
    const file = await open(part, blocks > 0 ? 'r+' : 'w', 0o600).catch((error: unknown) => Promise.reject(unwritable(to, error)))
    try {
      let at = blocks * BLOCK
      progress?.(at, first.size)
      const child = await over.exec(script(GET, [from, String(at + 1)]), { cwd: '/', signal })
      child.stdin.end()
      const said = lastWords(child.stderr)
      try {
        for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
          await file.write(chunk, 0, chunk.length, at).catch((error: unknown) => Promise.reject(unwritable(to, error)))
          at += chunk.length
          progress?.(at, first.size)
        }
      } catch (error) {
        child.kill('TERM')
        throw error
      }
      const exit = await child.exit
      signal.throwIfAborted()
      if (exit.code !== 0) throw refused(from, said(), exit)
      await file.truncate(at)
      const last = await look(over, from, 0, signal)
      if (last.size !== first.size || last.mtime !== first.mtime || at !== first.size) {
        await rm(part, { force: true })
        throw changed(from)
      }
      await file.chmod(first.mode & 0o777)
    } finally {
      await file.close()
    }
    await utimes(part, first.mtime, first.mtime)
    await rename(part, to).catch((error: unknown) => Promise.reject(unwritable(to, error)))
  })
}

/** What a node says of a file: bytes, epoch seconds, and the SHA-256 of its first blocks. */
async function look(over: Over, from: string, blocks: number, signal: AbortSignal) {
  const said = await ask(over, LOOK_FOR_GET, [from, String(blocks)], from, signal)
  const [, size, mtime, mode, sum] = /^file (\d{1,16}) (\d{1,12}) ([0-7]{1,6}) ([0-9a-f]{64}|none)$/m.exec(said) ?? []
  if (size === undefined) throw refused(from, said, { code: 0, signal: null })
  return { size: Number(size), mtime: Number(mtime), mode: Number.parseInt(mode as string, 8), sum }
}

/** How many blocks of a part are those of the file. */
async function sameBlocks(said: string, from: string, size: number): Promise<number> {
  const [, count, sum] = /^part (\d{1,12}) ([0-9a-f]{64})$/m.exec(said) ?? []
  const blocks = Number(count ?? 0)
  if (blocks === 0 || blocks * BLOCK > size) return 0
  return (await sumOf(from, blocks * BLOCK)) === sum ? blocks : 0
}

async function sumOf(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: BLOCK })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function retried(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      const code = error instanceof StyxError ? error.data.code : ''
      if (!/^(files|ssh)\.lost$/.test(code) || tries >= TRIES) throw error
    }
  }
}

/** The same for the same file: what a crash left is found again. Two of one name at once would write the same bytes in the same places. */
function partName(to: string, of: string): string {
  const hash = createHash('sha256').update(of).digest('hex').slice(0, 12)
  return join(dirname(to), `.${basename(to).slice(0, 60)}.${hash}.styx-part`)
}

const script = (text: string, args: string[]): [string, ...string[]] => ['sh', '-c', text, 'styx-copy', ...args]

const ask = (over: Over, text: string, args: string[], where: string, signal: AbortSignal): Promise<string> =>
  answerOf(over, script(text, args), where, { timeout_ms: LOOK_MS, signal })

/** [[CC]YY]MMDDhhmm.SS in UTC, as `touch -t` takes it. */
const touchStamp = (ms: number): string =>
  new Date(ms).toISOString().replace(/^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d).*$/, '$1$2$3$4$5.$6')

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const unreadable = (where: string, error: unknown) =>
  new StyxError({
    code: 'files.unreadable',
    what: 'A file cannot be read',
    where,
    why: wordsOf(error),
    suggestion: 'Give yourself the right to read it. Then try again.',
    retryable: true,
  })

const unwritable = (where: string, error: unknown) =>
  new StyxError({
    code: 'files.unwritable',
    what: 'A file of this computer cannot be written',
    where,
    why: wordsOf(error),
    suggestion: 'Free some space, or choose another folder. Then try again: it goes on where it was.',
    retryable: true,
  })

export const inTheWay = (where: string) =>
  new StyxError({
    code: 'files.in-the-way',
    what: 'A folder stands where a file is wanted',
    where,
    why: 'Styx removes no folder of the node by itself.',
    suggestion: 'Remove or rename it there, or name another target.',
  })

export const changed = (where: string) =>
  new StyxError({
    code: 'files.changed',
    what: 'A file changed while it was copied',
    where,
    why: 'What was copied would be of two versions, so none of it was kept.',
    suggestion: 'Try again once nothing writes to it.',
    retryable: true,
  })
