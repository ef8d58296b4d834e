import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StyxError } from '../../shared/error.ts'
import type { GitSource } from '../../shared/task/task.ts'
import { capture } from '../transports/capture.ts'
import { refused } from '../transports/node-answer.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { nodeScript } from '../transports/node-script.ts'
import type { Transport } from '../transports/transport.ts'

const GIT_MS = 30 * 60_000

type Outcome = { is: 'done'; commit: string } | { is: 'no-git'; said: string } | { is: 'no-way'; said: string }

/** The commit of a repository into a folder of a node, with its own git. @throws StyxError `files.no-ref` | `files.…` */
export async function checkOut(
  over: Pick<Transport, 'exec'>,
  folder: string,
  { url, ref }: GitSource,
  resources: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const argv = await nodeScript(resources, 'git', folder, url, ref ?? '')
  const { stdout, stderr, timedOut, ...exit } = await capture(over, argv, { timeout_ms: GIT_MS, signal })
  const [, commit] = /^at ([0-9a-f]{40,64})$/m.exec(stdout) ?? []
  if (exit.code === 0 && commit !== undefined) return { is: 'done', commit }
  if (/^no-git$/m.test(stdout)) return { is: 'no-git', said: '' }
  if (/^no-way$/m.test(stdout)) return { is: 'no-way', said: stderr }
  if (/^no-ref$/m.test(stdout)) throw noRef(url, ref ?? '')
  throw refused(url, stderr || stdout, exit)
}

/**
 * The same into a folder of this computer, for nodes that cannot.
 * @returns the folder, which the caller removes, and the commit
 * @throws StyxError `files.no-git` | `files.git-failed` | `files.no-ref`
 */
export async function checkOutHere(
  source: GitSource,
  resources: string,
  signal: AbortSignal,
): Promise<{ folder: string; commit: string }> {
  const here = openLocalTransport()
  const folder = await mkdtemp(join(tmpdir(), 'styx-git-'))
  try {
    const outcome = await checkOut(here, folder, source, resources, signal)
    if (outcome.is === 'no-git') throw noGit(source.url)
    if (outcome.is === 'no-way') throw failed(source.url, outcome.said)
    return { folder, commit: outcome.commit }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    await here.close()
  }
}

const noRef = (url: string, ref: string) =>
  new StyxError({
    code: 'files.no-ref',
    what: `The repository has no ${ref}`,
    where: url,
    why: 'It is no branch, no tag and no commit of it.',
    suggestion: 'Check workdir.ref in the task. A commit has to be pushed, and be written whole where no branch has it.',
  })

const noGit = (url: string) =>
  new StyxError({
    code: 'files.no-git',
    what: 'Git is not installed',
    where: url,
    why: 'Neither the node nor this computer has it.',
    suggestion: 'Install git on the node or here, or name a folder of this computer as the workdir.',
  })

const failed = (url: string, said: string) =>
  new StyxError({
    code: 'files.git-failed',
    what: 'The repository cannot be fetched',
    where: url,
    why: said.trim().split('\n').at(-1) || 'Git did not say why.',
    suggestion:
      'Check workdir.url in the task, and that "git fetch" works with it here without a question: it was tried on the node and here.',
    detail: said,
    retryable: true,
  })
