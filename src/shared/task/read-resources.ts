import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import { parseAccelerator, parseCount, parseMinutes, parseSize } from './amounts.ts'
import { type Entry, entriesOf, knownEntries, type Reader, report, resolved } from './reader.ts'
import { resourceKeys, taskKeys } from './schema.ts'
import type { Amount, Task, TaskResources } from './task.ts'
import { readBoolean, readMap, readText, readWhole, readWritten, wrongKind } from './values.ts'

const NOTHING_ASKED: TaskResources = { infra: null, accelerators: [], cpus: null, memory_GB: null, disk_GB: null, useSpot: false }
/** SkyPilot's, for `autostop: true`. */
const IDLE_MINUTES = 5
/** Every cloud of SkyPilot's that Styx will not reach. */
const OTHER_CLOUDS =
  'azure gcp ibm lambda scp oci runpod vast vsphere cudo fluidstack paperspace primeintellect do nebius hyperbolic shadeform seeweb slurm mithril verda yotta'.split(
    ' ',
  )
const CLOUDS = ['local', 'ssh', 'aws', 'k8s', 'kubernetes']

/** `resources`: the candidates in the order of the file, and `autostop`. Without it: one candidate that asks for nothing. */
export function readResources(r: Reader, entry: Entry | undefined): Pick<Task, 'resources' | 'autostop'> {
  const map = entry && readMap(r, entry)
  if (!map) return { resources: [NOTHING_ASKED], autostop: null }
  const entries = knownEntries(r, map, entry.path, resourceKeys, taskKeys)
  const autostop = entries.get('autostop')
  const [anyOf, ordered] = [entries.get('any_of'), entries.get('ordered')]
  if (anyOf && ordered)
    report(r, ordered.key, {
      code: 'task.any-of-and-ordered',
      path: ordered.path,
      message: '`any_of` and `ordered` exclude each other.',
      suggestion: 'Keep `ordered` if the order matters, else `any_of`.',
    })
  const list = anyOf ?? ordered
  const common = readCandidate(r, entries, NOTHING_ASKED)
  if (list && common.accelerators.length > 1)
    report(r, entries.get('accelerators')!.key, {
      code: 'task.too-many-candidates',
      path: `${entry.path}.accelerators`,
      message: `Several accelerators and \`${list.name}\` exclude each other.`,
      suggestion: `Name one accelerator in each entry of \`${list.name}\`.`,
    })
  return { resources: list ? readCandidates(r, list, common) : [common], autostop: autostop ? readAutostop(r, autostop) : null }
}

function readCandidates(r: Reader, list: Entry, common: TaskResources): TaskResources[] {
  const value = resolved(r, list.value, list.path)
  if (!value) return []
  if (!isSeq(value) || value.items.length === 0) {
    wrongKind(r, list, value, 'a list of candidates, each beginning with `-`')
    return []
  }
  const keys = resourceKeys[list.name]!.items!
  return value.items.flatMap((item, i) => {
    const path = `${list.path}[${i}]`
    const map = resolved(r, item as Node, path)
    if (isMap(map)) return readCandidate(r, knownEntries(r, map, path, keys), common)
    if (map) report(r, map, { code: 'task.kind', path, message: 'Each candidate must be a map, as `- infra: aws`.' })
    return []
  })
}

function readCandidate(r: Reader, entries: Map<string, Entry>, common: TaskResources): TaskResources {
  const read = <T>(key: string, reading: (r: Reader, entry: Entry) => T | null): T | null => {
    const entry = entries.get(key)
    return entry ? reading(r, entry) : null
  }
  return {
    infra: readInfra(r, entries) ?? common.infra,
    accelerators: read('accelerators', readAccelerators) ?? common.accelerators,
    cpus: read('cpus', readCpus) ?? common.cpus,
    memory_GB: read('memory', readMemory) ?? common.memory_GB,
    disk_GB: read('disk_size', readDisk) ?? common.disk_GB,
    useSpot: read('use_spot', readBoolean) ?? common.useSpot,
  }
}

/** From `infra`, or from `cloud`, `region` and `zone`, which say the same. */
function readInfra(r: Reader, entries: Map<string, Entry>): string | null {
  const infra = entries.get('infra')
  const parts = ['cloud', 'region', 'zone'].map((key) => entries.get(key))
  const older = parts.find((part) => part !== undefined)
  if (infra && older)
    report(r, older.key, {
      code: 'task.infra-twice',
      path: older.path,
      message: `\`infra\` and \`${older.name}\` exclude each other.`,
      suggestion: `Delete \`${older.name}\`: \`infra\` says all, as \`aws/us-east-1\`.`,
    })
  const entry = infra ?? older
  if (!entry) return null
  const texts = infra ? [readText(r, infra)] : parts.map((part) => (part ? readText(r, part) : '*'))
  if (texts.some((text) => text === null)) return null
  const text = texts.join('/').replace(/(\/\*)+$/, '')
  const [cloud = '', ...rest] = text.toLowerCase().split('/')
  const at = entry.value
  if (OTHER_CLOUDS.includes(cloud)) {
    report(r, at, {
      code: 'task.not-yet',
      path: entry.path,
      message: `Styx does not launch on \`${cloud}\` yet.`,
      suggestion: `It knows ${words(CLOUDS)}.`,
    })
    return null
  }
  const free = cloud === '' || cloud === '*'
  if (
    (!free && !CLOUDS.includes(cloud)) ||
    (infra && rest.some((part) => part === '')) ||
    (rest.length > 2 && !/^(k8s|kubernetes|ssh)$/.test(cloud))
  ) {
    report(r, at, {
      code: 'task.infra',
      path: entry.path,
      message: `\`${text}\` is no place that Styx knows.`,
      suggestion: 'Write CLOUD, CLOUD/REGION or CLOUD/REGION/ZONE, as `aws/us-east-1`, or `k8s/CONTEXT`.',
    })
    return null
  }
  return text === '*' || text === '' ? null : text
}

function readAccelerators(r: Reader, entry: Entry): TaskResources['accelerators'] | null {
  const value = resolved(r, entry.value, entry.path)
  const inOne = /\.(any_of|ordered)\[\d+\]\.accelerators$/.test(entry.path)
  if (isScalar(value) && typeof value.value === 'string') return one(r, entry, value, value.value)
  if (isSeq(value) && value.items.length > 0 && !inOne)
    return value.items.flatMap((item, i) => {
      const path = `${entry.path}[${i}]`
      const node = resolved(r, item as Node, path)
      if (isScalar(node) && typeof node.value === 'string') return one(r, { ...entry, path }, node, node.value) ?? []
      if (node) report(r, node, { code: 'task.kind', path, message: 'Each accelerator must be text, as `H100:8`.' })
      return []
    })
  if (isMap(value) && value.items.length > 0 && (!inOne || value.items.length === 1)) return readAcceleratorMap(r, entry, value)
  if (value)
    wrongKind(
      r,
      entry,
      value,
      inOne ? 'one GPU and how many, as `H100:8`' : 'a GPU and how many, as `H100:8`, or a list of these',
    )
  return null
}

/** `{A100: 8}`, or as a set, `{A100:8, H100:8}`. */
function readAcceleratorMap(r: Reader, entry: Entry, map: YAMLMap): TaskResources['accelerators'] {
  return entriesOf(r, map, entry.path).flatMap((item) => {
    const count = resolved(r, item.value, item.path)
    if (!count) return []
    const written = isScalar(count) && count.value !== null ? String(count.value) : null
    return one(r, item, written === null ? item.key : count, written === null ? item.name : `${item.name}:${written}`) ?? []
  })
}

function one(r: Reader, { path }: Entry, at: Node, text: string): TaskResources['accelerators'] | null {
  const accelerator = parseAccelerator(text)
  const bad = (message: string, suggestion: string) => {
    report(r, at, { code: 'task.accelerator', path, message, suggestion })
    return null
  }
  if (!accelerator) return bad(`\`${text.slice(0, 60)}\` is no GPU.`, 'Write its name and how many, as `A100:8`.')
  if (/^tpu-/i.test(accelerator.name)) return bad('Styx does not run on TPUs yet.', '')
  if (Number.isNaN(accelerator.count))
    return bad(
      `How many of \`${accelerator.name}\`? \`${text.split(':').slice(1).join(':').slice(0, 60)}\` is no number above 0.`,
      'Write a whole number, as `A100:8`.',
    )
  if (!Number.isInteger(accelerator.count))
    return bad('Styx does not share a GPU between jobs yet.', 'Write a whole number, as `A100:1`.')
  return [accelerator]
}

function amount(r: Reader, entry: Entry, parse: (text: string) => Amount | null, expected: string): Amount | null {
  const written = readWritten(r, entry, expected)
  if (!written) return null
  const read = parse(written.text)
  if (read) return read
  // Not SkyPilot's unit, though it means the same.
  const binary = /^(\d+(?:\.\d+)?\s*[kmgtp])ib?(\+?)$/i.exec(written.text.trim())
  const meant = binary ? `${binary[1]!.replace(/\s/g, '').toUpperCase()}B${binary[2]}` : written.text.replace(/\s+/g, '')
  const mended = parse(meant) ? meant : null
  report(r, written.node, {
    code: 'task.amount',
    path: entry.path,
    message: `\`${entry.name}\` must be ${expected}; this is \`${written.text.slice(0, 60)}\`.`,
    suggestion: mended ? `Write \`${mended}\`.` : '',
    ...(mended ? { fix: mended } : {}),
  })
  return null
}

const readCpus = (r: Reader, entry: Entry) => amount(r, entry, parseCount, 'a number of cores, as `8`, or `8+` for at least 8')
const readMemory = (r: Reader, entry: Entry) => amount(r, entry, parseSize, 'GB, as `16`, `16+` or `16GB`')

/** Whole GB, rounded down as SkyPilot does. */
function readDisk(r: Reader, entry: Entry): number | null {
  const size = amount(r, entry, (text) => (text.includes('+') ? null : parseSize(text)), 'GB, as `256`, or with a unit, as `1TB`')
  if (!size) return null
  if (size.value < 1)
    report(r, entry.value, { code: 'task.range', path: entry.path, message: '`disk_size` must be at least 1 GB.' })
  return Math.floor(size.value)
}

function readAutostop(r: Reader, entry: Entry): Task['autostop'] {
  const value = resolved(r, entry.value, entry.path)
  if (isMap(value)) {
    const entries = knownEntries(r, value, entry.path, resourceKeys.autostop!.keys!)
    const idle = entries.get('idle_minutes')
    const down = entries.get('down')
    return {
      idle_minutes: (idle ? readWhole(r, idle, 0) : null) ?? IDLE_MINUTES,
      down: (down ? readBoolean(r, down) : null) ?? false,
    }
  }
  if (isScalar(value) && value.type === 'PLAIN' && /^(true|false|yes|no|on|off)$/i.test(value.source ?? ''))
    return readBoolean(r, entry) ? { idle_minutes: IDLE_MINUTES, down: false } : null
  const expected = '`true`, `false`, minutes, or a time as `1h`'
  const written = readWritten(r, entry, expected)
  if (!written) return null
  const minutes = parseMinutes(written.text)
  if (minutes !== null) return { idle_minutes: minutes, down: false }
  report(r, written.node, {
    code: 'task.amount',
    path: entry.path,
    message: `\`autostop\` must be ${expected}; this is \`${written.text.slice(0, 60)}\`.`,
    suggestion: 'Units are m, h, d and w.',
  })
  return null
}

const words = (list: string[]) =>
  `${list
    .slice(0, -1)
    .map((word) => `\`${word}\``)
    .join(', ')} and \`${list.at(-1)}\``
