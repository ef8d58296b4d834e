import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml'
import { fetcherOf, isGitRef, isGitUrl } from './far-source.ts'
import { readResources } from './read-resources.ts'
import { type Entry, entriesOf, knownEntries, type Reader, report, resolved } from './reader.ts'
import { resourceKeys, taskKeys } from './schema.ts'
import type { GitSource, Task } from './task.ts'
import { readMap, readText, readVariable, readWhole, wrongKind } from './values.ts'

/** SkyPilot's rule for the name of a task. */
const NAME = /^[a-zA-Z0-9]+(?:[._-]{1,2}[a-zA-Z0-9]+)*$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
const URL = /^[a-z][a-z0-9+.-]*:\/\/|^git@/i
const FAR = {
  workdir: 'Name a folder of this computer, or a Git repository: `{url: …, ref: …}`.',
  mount: 'Name a file or folder of this computer, or an s3://, gs:// or https:// address.',
}
/** Set by Styx for every job. */
const OWN_VARIABLES = ['NODE_RANK', 'NODE_IPS', 'NUM_NODES', 'NUM_GPUS_PER_NODE', 'TASK_ID'].map((name) => `SKYPILOT_${name}`)

/** Reads one document as a task; what is wrong with it is noted, and left out of the task. */
export function readTask(r: Reader, map: YAMLMap): Task {
  const entries = knownEntries(r, map, '', taskKeys, resourceKeys)
  const get = <T>(key: string, read: (entry: Entry) => T | null): T | null => {
    const entry = entries.get(key)
    return entry ? read(entry) : null
  }
  const envs = get('envs', (entry) => readVariables(r, entry)) ?? {}
  const secrets = get('secrets', (entry) => readSecrets(r, entry, envs)) ?? {}
  const task: Task = {
    name: get('name', (entry) => readName(r, entry)),
    workdir: get('workdir', (entry) => readWorkdir(r, entry)),
    numNodes: get('num_nodes', (entry) => readWhole(r, entry, 1)) ?? 1,
    ...readResources(r, entries.get('resources')),
    envs,
    secrets,
    fileMounts: get('file_mounts', (entry) => readFileMounts(r, entry)) ?? {},
    setup: get('setup', (entry) => readText(r, entry)),
    run: get('run', (entry) => readText(r, entry)),
  }
  const [first] = map.items
  if (!entries.has('run') && !entries.has('setup') && !r.problems.some(({ code }) => code === 'task.unknown-key'))
    report(r, first ? (first.key as Entry['key']) : map, {
      code: 'task.nothing-to-run',
      path: '',
      message: 'There is nothing to run in this task.',
      suggestion: 'Add `run:` with the commands.',
    })
  return task
}

function readName(r: Reader, entry: Entry): string | null {
  const name = readText(r, entry)
  if (name === null || NAME.test(name)) return name
  const meant = name
    .trim()
    .replace(/[^a-zA-Z0-9._-]+/g, '-')
    .replace(/[._-]{2,}/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
  report(r, entry.value, {
    code: 'task.name',
    path: entry.path,
    message: `\`${name.slice(0, 60)}\` cannot be the name of a task.`,
    suggestion: 'Letters, digits, and single - _ . between them.',
    ...(NAME.test(meant) ? { fix: meant } : {}),
  })
  return null
}

function readWorkdir(r: Reader, entry: Entry): string | GitSource | null {
  const value = resolved(r, entry.value, entry.path)
  if (isMap(value)) return readRepository(r, entry, value)
  const path = readText(r, entry, 'a folder of this computer')
  return path !== null && isLocalPath(r, entry, path) ? path : null
}

function readRepository(r: Reader, entry: Entry, map: YAMLMap): GitSource | null {
  const entries = knownEntries(r, map, entry.path, taskKeys.workdir!.keys!)
  const [at, refAt] = [entries.get('url'), entries.get('ref')]
  const url = at ? readText(r, at, 'the address of a Git repository') : null
  const ref = refAt ? readText(r, refAt, 'a branch, a tag or a commit') : null
  if (!at && map.items.length === entries.size)
    report(r, entry.value, {
      code: 'task.git-url',
      path: entry.path,
      message: 'Of which repository?',
      suggestion: 'Write its address as `url`.',
    })
  if (at && url !== null && !isGitUrl(url))
    report(r, at.value, {
      code: 'task.git-url',
      path: at.path,
      message: `\`${url.slice(0, 80)}\` is no address of a Git repository.`,
      suggestion: 'Write https://…, ssh://… or git@HOST:PATH.',
    })
  else if (refAt && ref !== null && !isGitRef(ref))
    report(r, refAt.value, {
      code: 'task.git-ref',
      path: refAt.path,
      message: `\`${ref.slice(0, 80)}\` is no branch, tag or commit.`,
      suggestion: 'Write one, or leave it out.',
    })
  else if (url !== null) return { url, ref }
  return null
}

/** Noted if it is none, or one that depends on where the file lies. */
function isLocalPath(r: Reader, entry: Entry, path: string): boolean {
  const problem = URL.test(path)
    ? {
        code: 'task.not-yet',
        message: `Styx does not fetch from \`${path.slice(0, 80)}\` yet.`,
        suggestion: FAR[entry.path === 'workdir' ? 'workdir' : 'mount'],
      }
    : /\$\{?\w/.test(path)
      ? { code: 'task.not-yet', message: 'Styx does not fill variables into paths yet.', suggestion: 'Write the path itself.' }
      : path !== '~' && !/^(\/|~\/|[A-Za-z]:[\\/])/.test(path)
        ? {
            code: 'task.relative-path',
            message: `\`${path.slice(0, 80)}\` depends on where the file lies, which Styx does not know.`,
            suggestion: 'Begin it with / or ~/.',
          }
        : null
  if (problem) report(r, entry.value, { ...problem, path: entry.path })
  return problem === null
}

function readVariables(r: Reader, entry: Entry): Record<string, string | null> | null {
  const map = readMap(r, entry)
  if (!map) return null
  return Object.fromEntries(
    entriesOf(r, map, entry.path).flatMap((variable): [string, string | null][] => {
      const value = isVariableName(r, variable) ? readVariable(r, variable) : undefined
      return value === undefined ? [] : [[variable.name, value]]
    }),
  )
}

function isVariableName(r: Reader, { name, path, key }: Entry): boolean {
  const problem =
    !VARIABLE.test(name) || name === '__proto__'
      ? {
          message: `\`${name.slice(0, 60)}\` cannot be the name of a variable.`,
          suggestion: 'Letters, digits and _, not beginning with a digit.',
        }
      : OWN_VARIABLES.includes(name)
        ? { message: `\`${name}\` is set by Styx for every job.`, suggestion: 'Delete it here.' }
        : name.startsWith('SKYPILOT_DOCKER_')
          ? { message: `\`${name}\` is refused: Styx does not choose images yet.`, suggestion: '' }
          : null
  if (problem) report(r, key, { code: 'task.variable-name', path, ...problem })
  return problem === null
}

function readSecrets(r: Reader, entry: Entry, envs: Record<string, unknown>): Record<string, string | null> | null {
  if (isSeq(resolved(r, entry.value, entry.path))) {
    report(r, entry.key, {
      code: 'task.not-yet',
      path: entry.path,
      message: 'A list in `secrets` is refused: Styx keeps no secrets by name yet.',
      suggestion: 'Write each as a key, as `HF_TOKEN: null`, and give its value in the form.',
    })
    return null
  }
  const secrets = readVariables(r, entry)
  const map = readMapQuietly(r, entry)
  for (const secret of map ? entriesOf({ ...r, problems: [] }, map, entry.path) : []) {
    if (Object.hasOwn(envs, secret.name))
      report(r, secret.key, {
        code: 'task.variable-twice',
        path: secret.path,
        message: `\`${secret.name}\` stands in \`envs\` and in \`secrets\`.`,
        suggestion: 'Keep it in `secrets`.',
      })
    // Its text would stay where the anchor is, outside of `secrets`.
    if (isAlias(secret.value) || (isScalar(secret.value) && secret.value.anchor))
      report(r, secret.value, {
        code: 'task.secret-alias',
        path: secret.path,
        message: 'The value of a secret must stand by itself, without & or *.',
        suggestion: 'Write `null`, and give its value in the form.',
        fix: 'null',
      })
  }
  return secrets
}

function readMapQuietly(r: Reader, entry: Entry): YAMLMap | null {
  const value = resolved({ ...r, problems: [] }, entry.value, entry.path)
  return isMap(value) ? value : null
}

function readFileMounts(r: Reader, entry: Entry): Record<string, string> | null {
  const map = readMap(r, entry)
  if (!map) return null
  const mounts: [string, string][] = []
  for (const mount of entriesOf(r, map, entry.path)) {
    const value = resolved(r, mount.value, mount.path)
    if (!value || !isTarget(r, mount)) continue
    if (isMap(value)) {
      if (value.items.length === 0) wrongKind(r, mount, value, 'a file or folder of this computer')
      knownEntries(r, value, mount.path, taskKeys.file_mounts!.items!)
    } else {
      const source = readText(r, mount, 'a file or folder of this computer')
      if (source !== null && (fetcherOf(source) !== null || isLocalPath(r, mount, source))) mounts.push([mount.name, source])
    }
  }
  return Object.fromEntries(mounts)
}

/** Where on the node. */
function isTarget(r: Reader, { name, path, key }: Entry): boolean {
  const problem = URL.test(name)
    ? {
        message: `\`${name.slice(0, 80)}\` is no path on a node.`,
        suggestion: 'First the path on the node, then what is put there.',
      }
    : /\$\{?\w/.test(name)
      ? { message: 'Styx does not fill variables into paths yet.', suggestion: 'Write the path itself.' }
      : name.split('/').includes('..') || name.trim() === '' || name === '__proto__'
        ? { message: `\`${name.slice(0, 80)}\` is no path on a node.`, suggestion: 'Write it without `..`.' }
        : null
  if (problem) report(r, key, { code: 'task.mount-path', path, ...problem })
  return problem === null
}
