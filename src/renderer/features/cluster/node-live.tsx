import { heldNumbers } from '../../../shared/holders.ts'
import type { GpuFacts } from '../../../shared/machine.ts'
import { memoryWords } from '../../../shared/memory-words.ts'
import type { Node } from '../../../shared/node.ts'
import { useCluster } from '../../data/live.ts'
import { fresh, history, latest, useMachineProblem } from '../../data/samples.ts'
import { agoWords } from '../../data/time.ts'
import { nodeName, percentWords, rateWords } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import { CellRows } from '../../ui/cell-rows.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { MachineLine, MachineMeter, type Series } from '../../ui/machine-lines.tsx'
import {
  cpuReading,
  cpuUse,
  diskPart,
  diskReading,
  memoryPart,
  memoryReading,
  memoryUse,
  networkReading,
  networkUse,
  peak,
} from '../../ui/machine-rows.tsx'
import { Note } from '../../ui/note.tsx'
import css from './node-live.module.css'

/** The lines show as much as there is, in steps: a machine seen for a minute is not squeezed into the edge of a quarter of an hour. */
const SPANS_S = [60, 120, 300, 900]
/** A machine that stands alone has the room for tall lines. */
const LINE_PX = { alone: 88, among: 44 }

/**
 * One node as it is now: its GPUs as tiles, or its cores as cells where it has none; and its CPU, memory, disk and network, in one line
 * where the GPUs are what counts.
 */
export function NodeLive({ node, alone }: { node: Node; alone: boolean }) {
  const facts = node.facts!
  const machineId = node.machineId!
  const held = heldNumbers(node)
  const withGpus = held.length > 0
  const unread = useMachineProblem([machineId])
  // Where the whole cluster is out of sight, that is said above.
  const problem = useCluster(node.clusterId)?.observed.problem ? null : unread
  return (
    <Card
      className={css.node}
      title={nodeName(node)}
      note={<span className={css.host}>{facts.hostname}</span>}
      end={<LiveText read={() => (withGpus && !alone ? machineLine(machineId) : seen(machineId))} />}
    >
      {problem && (
        <Note tone="needs" title={`${nodeName(node)} cannot be read`}>
          {problem}
        </Note>
      )}
      {facts.gpuProblem && (
        <Note tone="needs" title="The GPUs cannot be read">
          {facts.gpuProblem}
        </Note>
      )}
      {withGpus ? (
        <GpuTiles gpus={held.map((index) => ({ index, gpu: facts.gpus[index]! }))} machineId={machineId} />
      ) : (
        <div className={css.cells}>
          <CellRows tall={alone} rows={[{ key: node.id, label: 'cores', machineId, gpus: [], cores: facts.cores }]} />
        </div>
      )}
      {(alone || !withGpus) && <MachineTiles machineId={machineId} alone={alone} />}
    </Card>
  )
}

function spanOf(machineId: string): number {
  const samples = history(machineId)
  const seen_s = ((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / 1000
  return SPANS_S.find((span_s) => span_s >= seen_s) ?? SPANS_S.at(-1)!
}

function seen(machineId: string): string {
  const sample = latest(machineId)
  return sample ? `last ${spanOf(machineId) / 60} min · seen ${agoWords(sample.at, Date.now())}` : 'not seen yet'
}

/** "CPU 21 % · memory 412 of 2048 GiB · ↓ 18.2 MB/s", or when it was last seen. */
const machineLine = (machineId: string) =>
  fresh(machineId)
    ? `CPU ${cpuReading(machineId)} · memory ${memoryReading(machineId)} · ${networkReading(machineId)}`
    : seen(machineId)

function MachineTiles({ machineId, alone }: { machineId: string; alone: boolean }) {
  const height_px = alone ? LINE_PX.alone : LINE_PX.among
  return (
    <div
      className={alone ? `${css.tiles} ${css.alone}` : css.tiles}
      style={{ '--columns': 4, '--narrow': 2 } as React.CSSProperties}
    >
      <Tile
        name="CPU"
        now={() => cpuReading(machineId)}
        left={() => peak(machineId, spanOf(machineId))}
        right={() => heat(machineId)}
      >
        <MachineLine machineId={machineId} series={cpuUse} span_s={() => spanOf(machineId)} height_px={height_px} />
      </Tile>
      <Tile name="Memory" now={() => shareWords(memoryPart(machineId))} left={() => memoryReading(machineId)} right={() => ''}>
        <MachineLine machineId={machineId} series={memoryUse} span_s={() => spanOf(machineId)} height_px={height_px} />
      </Tile>
      <Tile name="Network" now={() => down(machineId)} left={() => up(machineId)} right={() => ''}>
        <MachineLine machineId={machineId} series={networkUse} span_s={() => spanOf(machineId)} height_px={height_px} />
      </Tile>
      <Tile
        name="Disk"
        now={() => diskReading(machineId)}
        left={() => or(fresh(machineId)?.diskUsed_MiB, (used) => `${memoryWords(used)} used`)}
        right={() => ''}
      >
        <div style={{ height: height_px, display: 'grid', alignContent: 'center' }}>
          <MachineMeter read={() => diskPart(machineId)} />
        </div>
      </Tile>
    </div>
  )
}

type Words = () => string

function Tile({
  name,
  now,
  left,
  right,
  children,
}: {
  name: string
  now: Words
  left: Words
  right: Words
  children: React.ReactNode
}) {
  return (
    <div className={css.tile}>
      <div className={css.tileHead}>
        <span>{name}</span>
        <strong>
          <LiveText read={now} />
        </strong>
      </div>
      {children}
      <div className={css.tileFoot}>
        <LiveText read={left} />
        <LiveText read={right} />
      </div>
    </div>
  )
}

function GpuTiles({ gpus, machineId }: { gpus: { index: number; gpu: GpuFacts }[]; machineId: string }) {
  return (
    <div className={css.tiles} style={{ '--columns': Math.min(8, gpus.length), '--narrow': 4 } as React.CSSProperties}>
      {gpus.map(({ index: i, gpu }) => {
        const use: Series = { value: (sample) => sample.gpus?.use_percent[i] ?? null, top: 100 }
        const now = () => fresh(machineId)?.gpus
        const total = gpu.memory_MiB
        return (
          <div key={gpu.uuid} className={`${css.tile} ${css.small}`} title={gpu.name}>
            <div className={css.tileHead}>
              <span>
                {i}{' '}
                <strong>
                  <LiveText read={() => or(now()?.use_percent[i], percentWords)} />
                </strong>
              </span>
              <LiveText read={() => or(now()?.temperature_C[i], (heat_C) => `${Math.round(heat_C)} °C`)} />
            </div>
            <MachineLine machineId={machineId} series={use} span_s={() => spanOf(machineId)} height_px={26} />
            <div className={css.meter}>
              <MachineMeter
                read={() => {
                  const used = now()?.memoryUsed_MiB[i]
                  return used == null || !total ? null : { part: used, whole: total }
                }}
              />
            </div>
            <div className={css.tileFoot}>
              <LiveText read={() => or(now()?.memoryUsed_MiB[i], (used) => memoryWords(used, 0))} />
              <LiveText read={() => or(now()?.power_W[i], (watts) => `${Math.round(watts)} W`)} />
            </div>
          </div>
        )
      })}
    </div>
  )
}

const or = (value: number | null | undefined, words: (value: number) => string) => (value == null ? 'unknown' : words(value))

const shareWords = (part: { part: number; whole: number } | null) =>
  part === null ? 'unknown' : percentWords((part.part / part.whole) * 100)

function heat(machineId: string): string {
  const temperature = fresh(machineId)?.temperature_C ?? null
  return temperature === null ? '' : `${Math.round(temperature)} °C`
}

const down = (machineId: string) => or(fresh(machineId)?.down_Bps, (rate) => `↓ ${rateWords(rate)}`)
const up = (machineId: string) => or(fresh(machineId)?.up_Bps, (rate) => `↑ ${rateWords(rate)}`)
