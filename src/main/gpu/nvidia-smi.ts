import type { GpuFacts } from '../../shared/machine.ts'

/** What nvidia-smi printed, line by line (stdout and stderr: it complains on either), and its exit code; null when it was killed. */
export type NvidiaSmiAnswer = { lines: string[]; exit: number | null }

/** What one GPU said. Null is unknown (`[N/A]`, a reading out of any range), never zero. */
export type GpuReading = {
  uuid: string
  use_percent: number | null
  memoryUsed_MiB: number | null
  temperature_C: number | null
  power_W: number | null
}

const NO_DEVICES = /^No devices were found$/i
const UUID = /^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** No GPU, and no process on one, has more memory. */
export const MOST_MiB = 10_000_000
const UNKNOWN = /^\[.*\]$|^N\/A$/i

/** Answers of `--query-gpu=uuid,name,memory.total --format=csv,noheader,nounits`, see resources/node/facts.sh. Pure; never throws. */
export function parseGpuFacts(answer: NvidiaSmiAnswer): { gpus: GpuFacts[]; problem: string | null } {
  const { rows, problem } = rowsOf(answer, ['uuid', 'name', 'memory.total'])
  const gpus = rows.map(({ uuid, cell }) => {
    const name = cell('name')
    return {
      uuid,
      name: name === '' || UNKNOWN.test(name) ? 'NVIDIA GPU' : name,
      memory_MiB: reading(cell('memory.total'), 1, MOST_MiB),
    }
  })
  return { gpus, problem }
}

/** What resources/node/sample.sh was told of each GPU in one shot. Pure; never throws. */
export function parseGpuReadings(answer: NvidiaSmiAnswer): { gpus: GpuReading[]; problem: string | null } {
  const { rows, problem } = readGpuRows(answer)
  const gpus = rows.map(({ uuid, cell }) => ({
    uuid,
    use_percent: reading(cell('utilization.gpu'), 0, 100),
    memoryUsed_MiB: reading(cell('memory.used'), 0, MOST_MiB),
    temperature_C: reading(cell('temperature.gpu'), -50, 200),
    power_W: reading(cell('power.draw'), 0, 10_000),
  }))
  return { gpus, problem }
}

/** A GPU's cells by the name of their field; `''` for a field that its driver does not know. */
export type GpuRow = { uuid: string; cell(field: string): string }

/** Rows whose first line names their columns, `fields uuid,…`: an old driver is asked for less. Without that line nothing is believed. */
export function readGpuRows(answer: NvidiaSmiAnswer): { rows: GpuRow[]; problem: string | null } {
  const [, fields] = /^fields ([a-z_.,]+)$/.exec(answer.lines[0] ?? '') ?? []
  return rowsOf({ ...answer, lines: fields ? answer.lines.slice(1) : answer.lines }, fields?.split(',') ?? [])
}

/**
 * The rows that can be believed (as many columns as were asked for, a real UUID first, each GPU once), and all else that was said.
 * An error line may stand between good rows, with any exit code, and on stdout.
 */
function rowsOf(answer: NvidiaSmiAnswer, fields: string[]): { rows: GpuRow[]; problem: string | null } {
  const rows = new Map<string, GpuRow>()
  const said: string[] = []
  for (const line of answer.lines.map((each) => each.trim()).filter(Boolean)) {
    const cells = line.split(',').map((cell) => cell.trim())
    const uuid = cells[0] ?? ''
    if (fields[0] === 'uuid' && UUID.test(uuid) && cells.length === fields.length && !rows.has(uuid))
      rows.set(uuid, { uuid, cell: (field) => cells[fields.indexOf(field)] ?? '' })
    else if (!NO_DEVICES.test(line)) said.push(line)
  }
  const none = answer.lines.some((line) => NO_DEVICES.test(line.trim()))
  if (said.length === 0 && answer.exit !== 0 && !none) {
    said.push(
      answer.exit === null ? 'nvidia-smi was killed.' : `nvidia-smi ended with exit code ${answer.exit} and said nothing.`,
    )
  }
  return { rows: [...rows.values()], problem: said.length === 0 ? null : said.join('\n').slice(0, 2000) }
}

/** A number as nvidia-smi prints one, if it can be true; null for anything else. */
export function reading(cell: string, least: number, most: number): number | null {
  if (!/^-?\d+(\.\d+)?$/.test(cell)) return null
  const value = Number(cell)
  return value >= least && value <= most ? value : null
}
