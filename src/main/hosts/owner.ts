import { chmod, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'
import { keepFilesPrivate } from '../umask.ts'
import { lockFolder } from './folder-lock.ts'
import { askOwner, listenOn, type OwnerAnswer, type OwnerRequest, socketPath } from './owner-socket.ts'

type Answering = (request: OwnerRequest) => Promise<OwnerAnswer>

export type Owner =
  /** This process owns the folder until `close`. Second starts wait until `answerWith` says how to answer them. */
  | { is: 'owner'; answerWith(answer: Answering): void; close(): Promise<void> }
  /** Another process owns it, and answered. */
  | { is: 'handed-over'; answer: OwnerAnswer }

const ownerFile = z.object({ host: z.string(), bootId: z.string(), pid: z.number().int() })
type OwnerFile = z.infer<typeof ownerFile>

/** An owner touches its file so often … */
const TOUCH_MS = 10_000
/** … and one on another host whose file is older than this is dead. */
const DEAD_AFTER_MS = 45_000
/** A start takes about a second; whoever holds the lock and does not listen after this is stuck. */
const LISTENS_AFTER_MS = 15_000

/** `~/.styx`, or what STYX_HOME says. */
export const stateFolder = (): string => resolve(process.env.STYX_HOME || join(homedir(), '.styx'))

/**
 * Makes this process the owner of the state folder, or hands the request over to the one that is.
 * From here on, files that this process makes are for the user alone.
 * @throws StyxError `owner.folder` | `owner.lock` | `owner.silent` | `owner.elsewhere`
 */
export async function ownState(folder: string, request: OwnerRequest): Promise<Owner> {
  keepFilesPrivate()
  await makeFolder(folder)
  const path = await socketPath(folder)
  const deadline = Date.now() + LISTENS_AFTER_MS
  for (;;) {
    const lock = lockFolder(folder)
    if (lock) {
      try {
        return await begin(folder, path, lock)
      } catch (error) {
        lock.release()
        throw error
      }
    }
    const answer = await askOwner(path, request)
    if (answer) return { is: 'handed-over', answer }
    if (Date.now() > deadline) throw stuck(folder, await readOwner(folder))
    await sleep(100) // the other one is starting, or ending
  }
}

async function begin(folder: string, path: string, lock: { release(): void }): Promise<Owner> {
  const file = join(folder, 'owner.json')
  await refuseOtherHost(folder, file)
  const me: OwnerFile = { host: hostname(), bootId: await bootId(), pid: process.pid }
  try {
    await writeFile(`${file}.new`, JSON.stringify(me), { mode: 0o600 })
    await rename(`${file}.new`, file)
  } catch (error) {
    throw unusable(folder, error)
  }
  const touching = setInterval(() => utimes(file, new Date(), new Date()).catch(() => {}), TOUCH_MS).unref()

  let answerWith: (answer: Answering) => void = () => {}
  const answering = new Promise<Answering>((resolve) => {
    answerWith = resolve
  })
  const stopListening = await listenOn(path, async (request) => (await answering)(request))
  return {
    is: 'owner',
    answerWith,
    async close() {
      clearInterval(touching)
      await stopListening()
      await rm(file, { force: true })
      lock.release()
    },
  }
}

/**
 * The kernel's lock is good on one machine. A home that is shared over the network may be owned from another, which the owner file tells.
 * It is believed while it is fresh, by the file server's own clock.
 */
async function refuseOtherHost(folder: string, file: string) {
  const owner = await readOwner(folder)
  if (!owner || owner.host === hostname() || (owner.bootId !== '' && owner.bootId === (await bootId()))) return
  const probe = join(folder, `owner.clock-${process.pid}`)
  await writeFile(probe, '')
  const now = (await stat(probe)).mtimeMs
  await rm(probe)
  if (now - (await stat(file)).mtimeMs > DEAD_AFTER_MS) return
  throw new StyxError({
    code: 'owner.elsewhere',
    what: `Styx runs on ${owner.host} with the same state folder`,
    where: folder,
    why: 'Two engines on one folder would destroy its database.',
    suggestion: `Quit it there (process ${owner.pid}), or set STYX_HOME to another folder here. If it is dead, wait ${DEAD_AFTER_MS / 1000} s.`,
    retryable: true,
  })
}

/** Null when there is none, or it cannot be read: then nobody is known to own it. */
async function readOwner(folder: string): Promise<OwnerFile | null> {
  try {
    return ownerFile.parse(JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8')))
  } catch {
    return null
  }
}

/** Changes with every boot of the machine's kernel; "" where there is no way to read it. */
const bootId = async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()

async function makeFolder(folder: string) {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
  } catch (error) {
    throw unusable(folder, error)
  }
}

const unusable = (folder: string, cause: unknown) =>
  new StyxError(
    {
      code: 'owner.folder',
      what: 'The state folder cannot be used',
      where: folder,
      why: (cause as Error).message,
      suggestion: 'Make room on its disk if it is full, or set STYX_HOME to a folder of yours elsewhere.',
    },
    { cause },
  )

const stuck = (folder: string, owner: OwnerFile | null) =>
  new StyxError({
    code: 'owner.silent',
    what: 'Another Styx has this state folder and does not answer',
    where: folder,
    why: owner ? `It is process ${owner.pid} on ${owner.host}.` : 'It has not said which process it is.',
    suggestion: owner ? `End it: kill ${owner.pid}` : `Find it: fuser ${join(folder, 'owner.lock')}`,
    retryable: true,
  })
