import { StyxError } from '../../shared/error.ts'
import { parseDisk } from '../gpu/facts.ts'
import { type Captured, capture } from '../transports/capture.ts'
import { nodeScript } from '../transports/node-script.ts'
import type { Transport } from '../transports/transport.ts'

/** Whose folder: `~/.styx-node/INSTALLATION/CLUSTER/NODE` on the node. */
export type FolderOwner = { installationId: string; clusterId: string; nodeId: string }

/** `foreign`: something is there that does not carry our marker; it is never touched. */
type FolderState = 'made' | 'kept' | 'absent' | 'foreign' | 'removed'
export type Folder = { path: string; state: FolderState; size_kB: number | null }

/** What every call needs: the node's transport, this installation's resources folder, and when to stop. */
export type NodeAccess = { transport: Transport; resources: string; signal: AbortSignal }

/** Removing or measuring what months of jobs left takes its time; the rest is a moment. */
const TIMEOUT_MS = { make: 20_000, look: 10_000, measure: 300_000, remove: 600_000 }
/** Below this nothing can be worked with. */
export const DISK_LEAST_MiB = 256

/**
 * One deed on a node's folder, by resources/node/folder.sh: `make` it (or keep what is there), `look`, `measure`, `remove`.
 * Repeating it is safe.
 * @throws StyxError `node.no-home` | `node.disk-full` | `node.denied` | `node.read-only` | `node.busy` | `node.timeout` | `node.failed`
 */
export async function nodeFolder(verb: keyof typeof TIMEOUT_MS, owner: FolderOwner, access: NodeAccess): Promise<Folder> {
  const ids = [owner.installationId, owner.clusterId, owner.nodeId]
  const odd = ids.find((id) => !/^[A-Za-z0-9_-]{1,64}$/.test(id))
  if (odd !== undefined) throw new StyxError({ code: 'node.odd-id', what: 'This is no id of ours', where: odd })
  const argv = await nodeScript(access.resources, 'folder', verb, ...ids)
  const answer = await capture(access.transport, argv, { timeout_ms: TIMEOUT_MS[verb], signal: access.signal })
  const path = /^folder (.+)$/m.exec(answer.stdout)?.[1] ?? '~/.styx-node'
  if (/^no-home$/m.test(answer.stdout)) throw noHome()
  const [, state, size] = /^(made|kept|absent|foreign|removed)(?: (\d+))?$/m.exec(answer.stdout) ?? []
  if (answer.code !== 0 || state === undefined) throw refused(answer, path)
  return { path, state: state as FolderState, size_kB: size === undefined ? null : Number(size) }
}

/**
 * Starts a shell in the folder, which writes a file, reads it back and removes it. Answers with the free space there, MiB, or null.
 * @throws StyxError as {@link nodeFolder}, and `node.lies` when another text is read than was written
 */
export async function verifyFolder(path: string, word: string, access: NodeAccess): Promise<{ free_MiB: number | null }> {
  const argv = await nodeScript(access.resources, 'verify', word)
  const answer = await capture(access.transport, argv, { cwd: path, timeout_ms: 20_000, signal: access.signal })
  if (answer.code !== 0) throw refused(answer, path)
  if (!/^same$/m.test(answer.stdout)) {
    throw new StyxError({
      code: 'node.lies',
      what: 'What was written could not be read back',
      where: path,
      why: 'The file system gave another text than was written to it.',
      suggestion: 'Check the disk or the file server of the home folder.',
      detail: answer.stdout + answer.stderr,
    })
  }
  const free_MiB = parseDisk(/^disk-kB (.*)$/m.exec(answer.stdout)?.[1] ?? null)?.free_MiB ?? null
  if (free_MiB !== null && free_MiB < DISK_LEAST_MiB) throw diskFull(path, `Only ${free_MiB} MiB are free.`, answer.stdout)
  return { free_MiB }
}

/** The error of something at `path` that is not ours, where ours should be. */
export const foreignFolder = (path: string) =>
  new StyxError({
    code: 'node.foreign-folder',
    what: 'A folder there is not ours',
    where: path,
    why: 'It has no marker of this cluster in it, so Styx leaves it alone.',
    suggestion: 'Look what is in it. Move it away or remove it yourself, then try again.',
  })

const noHome = () =>
  new StyxError({
    code: 'node.no-home',
    what: 'There is no home folder',
    where: 'HOME',
    why: 'The variable HOME is not set, or names no folder.',
    suggestion: 'Start Styx as a user with a home folder, or set HOME.',
  })

const diskFull = (path: string, why: string, detail: string) =>
  new StyxError({
    code: 'node.disk-full',
    what: 'The disk is full',
    where: path,
    why,
    suggestion: 'Free some space (du -xh ~ | sort -h | tail shows what is large), then retry.',
    detail,
  })

/** The system's refusal in plain words. */
function refused(answer: Captured, path: string): StyxError {
  const detail = [answer.stderr, answer.stdout].filter(Boolean).join('\n')
  const said = answer.stderr.trim().split('\n').at(-1) ?? ''
  if (answer.timedOut) {
    return new StyxError({
      code: 'node.timeout',
      what: 'The node did not answer in time',
      where: path,
      why: 'A command in its folder did not end. A file server that is gone does that.',
      suggestion: 'Check that the home folder can be listed, then retry.',
      detail,
      retryable: true,
    })
  }
  if (/no space left|quota exceeded/i.test(answer.stderr)) return diskFull(path, said, detail)
  if (/read-only file system/i.test(answer.stderr)) {
    return new StyxError({
      code: 'node.read-only',
      what: 'The file system is read-only',
      where: path,
      why: said,
      suggestion: 'Mount it writable, then retry. Linux does this by itself after a disk error: see the kernel log.',
      detail,
    })
  }
  if (/resource busy/i.test(answer.stderr)) {
    return new StyxError({
      code: 'node.busy',
      what: 'Something is mounted in the folder',
      where: path,
      why: said,
      suggestion: 'Unmount it (findmnt shows what is mounted where), then retry. What is mounted was not touched.',
      detail,
    })
  }
  if (/permission denied|operation not permitted/i.test(answer.stderr)) {
    return new StyxError({
      code: 'node.denied',
      what: 'The folder cannot be used: no permission',
      where: path,
      why: said,
      suggestion: 'Give your user the right to write there (ls -ld ~ ~/.styx-node shows who owns it), then retry.',
      detail,
    })
  }
  if (answer.code === null && !answer.signal && said === '') {
    return new StyxError({
      code: 'node.lost',
      what: 'The connection to the machine was lost',
      where: path,
      why: 'It broke off while a command ran there.',
      suggestion: 'Styx connects again by itself. Retry once the machine answers.',
      detail,
      retryable: true,
    })
  }
  return new StyxError({
    code: 'node.failed',
    what: 'A command on the node failed',
    where: path,
    why:
      said ||
      (answer.signal ? `It was ended by SIG${answer.signal.replace(/^SIG/, '')}.` : `It ended with exit code ${answer.code}.`),
    suggestion: 'The raw text says more. Mend what it names, then retry.',
    detail,
    retryable: answer.code === null,
  })
}
