import { StyxError } from '../../shared/error.ts'

type Known = { code: string; says: RegExp; what: string; suggestion: string; retryable?: true }

/** What pip, uv and Ray are known to say, in plain words with a way out. The first that fits counts. */
const KNOWN: readonly Known[] = [
  {
    code: 'ray.disk-full',
    says: /no space left|quota exceeded|disk full/i,
    what: 'The disk is full',
    suggestion: 'Ray takes about 400 MB in the home folder. Free some space (du -xh ~ | sort -h | tail), then retry.',
  },
  {
    code: 'ray.no-venv',
    says: /ensurepip is not available|No module named '?(venv|ensurepip)/i,
    what: 'This Python cannot make an environment',
    suggestion:
      'As root: apt-get install -y python3-venv. Without root: curl -LsSf https://astral.sh/uv/install.sh | sh. Then retry.',
  },
  {
    code: 'ray.no-such-version',
    says: /no solution found|no matching distribution|could not find a version|because there is no version/i,
    what: 'This Ray cannot be had for this Python',
    suggestion: 'Choose another version, or leave it empty for the newest that the nodes can run.',
  },
  {
    code: 'ray.index-unreachable',
    says: /failed to fetch|temporary failure in name resolution|dns error|connection (refused|reset|timed out)|network is unreachable|max retries exceeded|error sending request|operation timed out/i,
    what: 'The package index cannot be reached from the machine',
    suggestion:
      'Check its network and proxy settings, or give a folder of wheels (pip download -d DIR "ray[default]" on another machine).',
    retryable: true,
  },
  {
    code: 'ray.versions-differ',
    says: /version mismatch/i,
    what: 'Ray refuses the node: it has another version than the head',
    suggestion: 'Upgrade Ray on the cluster page: all nodes get the same version then.',
  },
  {
    code: 'ray.head-unreachable',
    says: /cannot be reached from here/i,
    what: 'The head cannot be reached from this node',
    suggestion: 'Open its ports between the nodes (they begin at the number in the address), then retry.',
  },
  {
    code: 'ray.denied',
    says: /permission denied|operation not permitted/i,
    what: 'No permission',
    suggestion: 'Give your user the right to what the raw text names, then retry.',
  },
  {
    code: 'ray.read-only',
    says: /read-only file system/i,
    what: 'The file system is read-only',
    suggestion: 'Mount it writable, then retry.',
  },
]

/** The error of a script of ours that did not get through, from what was said there. Pure. */
export function refusal(where: string, lines: readonly string[]): StyxError {
  const detail = lines.join('\n')
  const known = KNOWN.find(({ says }) => says.test(detail))
  const telling = known ? lines.findLast((line) => known.says.test(line)) : lines.findLast((line) => line.trim() !== '')
  return new StyxError({
    code: known?.code ?? 'ray.failed',
    what: known?.what ?? 'Ray could not be set up on a node',
    where,
    why: (telling ?? '').trim().slice(0, 500),
    suggestion: known?.suggestion ?? 'The raw text says more. Mend what it names, then retry.',
    detail,
    retryable: known?.retryable ?? false,
  })
}
