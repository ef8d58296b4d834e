import { StyxError } from '../../shared/error.ts'
import { fetcherOf } from '../../shared/task/far-source.ts'
import { capture } from '../transports/capture.ts'
import { refused } from '../transports/node-answer.ts'
import { nodeScript } from '../transports/node-script.ts'
import { type FilesNode, nodeGone } from './sync.ts'

/** Datasets are large. */
const FETCH_MS = 24 * 3_600_000

/** A node fetches what an address names, by its own `aws`, `gcloud`, `curl` … and its own rights. @throws StyxError `files.no-tool` | `files.…` */
export async function fetchTo(
  node: FilesNode,
  url: string,
  target: string,
  resources: string,
  signal: AbortSignal,
): Promise<void> {
  const { installationId, clusterId, nodeId, transport } = node
  const argv = await nodeScript(resources, 'fetch', installationId, clusterId, nodeId, target, url)
  const { stdout, stderr, timedOut, ...exit } = await capture(transport, argv, { timeout_ms: FETCH_MS, signal })
  if (/^no-node$/m.test(stdout)) throw nodeGone()
  if (/^no-tool$/m.test(stdout)) throw noTool(url)
  if (exit.code !== 0 || !/^done$/m.test(stdout)) throw refused(url, stderr || stdout, exit)
}

const noTool = (url: string) =>
  new StyxError({
    code: 'files.no-tool',
    what: `The node has no ${fetcherOf(url) ?? 'program'} to fetch this with`,
    where: url,
    why: 'What file_mounts takes from elsewhere is fetched by the program of the node, with its rights there.',
    suggestion: `Install ${fetcherOf(url) ?? 'one'} on the node and sign in with it, or fetch it here and name the folder of this computer.`,
  })
