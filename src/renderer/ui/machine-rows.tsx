import { memoryOf, memoryWords } from '../../shared/memory-words.ts'
import { fresh, history } from '../data/samples.ts'
import { percentWords, rateWords } from '../data/words.ts'
import { mean, most } from './cells.ts'
import { LiveText } from './live-text.tsx'
import { MachineLine, MachineMeter, type Series } from './machine-lines.tsx'
import css from './machine-rows.module.css'

/** CPU over all cores, of 100 %. */
export const cpuUse: Series = { value: (sample) => mean(sample.cores_percent), top: 100 }
export const memoryUse: Series = {
  value: (sample) => share(sample.memoryUsed_MiB, sample.memoryTotal_MiB),
  top: 100,
}
/** Both directions together, against the most that was seen. */
export const networkUse: Series = {
  value: ({ down_Bps, up_Bps }) => (down_Bps === null && up_Bps === null ? null : (down_Bps ?? 0) + (up_Bps ?? 0)),
  top: null,
}

const share = (part: number | null, whole: number | null) => (part === null || !whole ? null : (part / whole) * 100)

/** What a machine does besides its cells, as rows: how full its memory and disk are, and with `wide` the last 40 s and the network. */
export function MachineRows({ machineId, wide = false }: { machineId: string; wide?: boolean }) {
  return (
    <dl className={wide ? `${css.rows} ${css.roomy}` : css.rows}>
      {wide && (
        <Row label="last 40 s" reading={() => peak(machineId, 40)}>
          <MachineLine machineId={machineId} series={cpuUse} span_s={() => 40} height_px={56} />
        </Row>
      )}
      <Row label="memory" reading={() => memoryReading(machineId)}>
        <MachineMeter read={() => memoryPart(machineId)} />
      </Row>
      <Row label="disk" reading={() => diskReading(machineId)}>
        <MachineMeter read={() => diskPart(machineId)} />
      </Row>
      {wide && (
        <Row label="network" reading={() => networkReading(machineId)}>
          <MachineLine machineId={machineId} series={networkUse} span_s={() => 40} height_px={40} />
        </Row>
      )}
    </dl>
  )
}

function Row({ label, reading, children }: { label: string; reading: () => string; children: React.ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd style={{ display: 'grid', alignItems: 'center' }}>{children}</dd>
      <dd className={css.reading}>
        <LiveText read={reading} />
      </dd>
    </>
  )
}

/** "12 %" */
export function cpuReading(machineId: string): string {
  const use = mean(fresh(machineId)?.cores_percent ?? [])
  return use === null ? 'unknown' : percentWords(use)
}

/** "peak 31 %": the busiest moment of the last seconds. */
export function peak(machineId: string, span_s: number): string {
  const samples = history(machineId)
  const from = (samples.at(-1)?.at ?? 0) - span_s * 1000
  const top = most(samples.filter(({ at }) => at >= from).map((sample) => mean(sample.cores_percent)))
  return top === null ? 'unknown' : `peak ${percentWords(top)}`
}

export function memoryPart(machineId: string) {
  const sample = fresh(machineId)
  return part(sample?.memoryUsed_MiB, sample?.memoryTotal_MiB)
}

/** Of what this user can fill: where a quota holds, the size of the file system says nothing. */
export function diskPart(machineId: string) {
  const sample = fresh(machineId)
  if (sample?.diskUsed_MiB == null || sample.diskFree_MiB === null) return null
  return part(sample.diskUsed_MiB, sample.diskUsed_MiB + sample.diskFree_MiB)
}

const part = (used: number | null | undefined, total: number | null | undefined) =>
  used == null || !total ? null : { part: used, whole: total }

/** "23.6 of 64 GiB" */
export function memoryReading(machineId: string): string {
  const value = memoryPart(machineId)
  return value ? memoryOf(value.part, value.whole) : 'unknown'
}

/** "76.9 GiB free" */
export function diskReading(machineId: string): string {
  const free = fresh(machineId)?.diskFree_MiB ?? null
  return free === null ? 'unknown' : `${memoryWords(free)} free`
}

/** "↓ 1.2 MB/s": the busier direction. */
export function networkReading(machineId: string): string {
  const sample = fresh(machineId)
  if (!sample || (sample.down_Bps === null && sample.up_Bps === null)) return 'unknown'
  const down = sample.down_Bps ?? 0
  const up = sample.up_Bps ?? 0
  return up > down ? `↑ ${rateWords(up)}` : `↓ ${rateWords(down)}`
}
