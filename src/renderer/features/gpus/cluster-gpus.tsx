import { SegmentedControl } from '@mantine/core'
import { IconServer } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { heldNumbers } from '../../../shared/holders.ts'
import { useDetails } from '../../data/details.ts'
import { useAllNodes, useCluster, useClusters, useNodes } from '../../data/live.ts'
import { fresh, useWatch } from '../../data/samples.ts'
import { clockTime, dayMonth } from '../../data/time.ts'
import { nodeName } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import { Empty } from '../../ui/empty.tsx'
import { MachineNotes } from '../../ui/machine-notes.tsx'
import { Scroll } from '../../ui/page.tsx'
import { gpuRows, machinesOf, nowOf, type Sort, sorted } from './gpu-rows.ts'
import { GpuTable } from './gpu-table.tsx'
import css from './gpus.module.css'
import { NodeCharts } from './node-charts.tsx'
import { usePointed } from './pointed.ts'
import { Processes } from './processes.tsx'
import { type Shown, type SpanKey, shown, spans } from './span.ts'

const route = getRouteApi('/clusters/$clusterId/gpus')

/** What the machines of a cluster do and did: charts of each, its GPUs in a table, and what computes on them. */
export function ClusterGpus() {
  const { clusterId } = route.useParams()
  const { span = '15min', show = 'use' } = route.useSearch()
  const go = route.useNavigate()
  const cluster = useCluster(clusterId)
  const clusters = useClusters()
  const all = useAllNodes()
  const nodes = useNodes(clusterId).filter(({ facts, machineId }) => facts && machineId)
  const ids = nodes.map(({ machineId }) => machineId!)
  useWatch(ids, 15 * 60)
  if (!cluster) return null
  if (nodes.length === 0)
    return (
      <Empty icon={IconServer} title="No node was seen yet">
        Its machines appear here as soon as they answer.
      </Empty>
    )
  const machines = machinesOf({ clusters, nodes: all, places: [] }).filter(({ machineId }) => ids.includes(machineId))
  const withGpus = machines.some(({ facts }) => facts.gpus.length > 0)
  return (
    <Scroll>
      <div className={css.tab}>
        <div className={css.tools}>
          <Pointed />
          <span className={css.end}>
            {withGpus && (
              <SegmentedControl
                aria-label="What the GPUs' charts show"
                value={show}
                onChange={(value) => void go({ to: '.', search: { span, show: value as Shown }, replace: true })}
                data={Object.entries(shown).map(([value, label]) => ({ value, label }))}
              />
            )}
            <SegmentedControl
              aria-label="How far back"
              value={span}
              onChange={(value) => void go({ to: '.', search: { span: value as SpanKey, show }, replace: true })}
              data={Object.entries(spans).map(([value, { label }]) => ({ value, label }))}
            />
          </span>
        </div>
        <MachineNotes nodes={nodes} />
        {nodes.map((node) => (
          <NodeCharts
            key={node.id}
            title={nodeName(node)}
            machineId={node.machineId!}
            facts={node.facts!}
            held={heldNumbers(node)}
            span={span}
            show={show}
          />
        ))}
        {withGpus && <Tables machines={machines} clusterId={clusterId} />}
      </div>
    </Scroll>
  )
}

/** The moment that the pointer is at, on all charts. */
function Pointed() {
  const at = usePointed()
  return (
    <span className={css.pointed}>
      {at === null ? 'Point at a chart to read all of them at one moment' : `${dayMonth(at)} ${clockTime(at)}`}
    </span>
  )
}

function Tables({ machines, clusterId }: { machines: ReturnType<typeof machinesOf>; clusterId: string }) {
  const [sort, setSort] = useState<Sort>({ by: 'gpu', down: false })
  const details = useDetails(machines.map(({ machineId }) => machineId))
  const rows = gpuRows(machines).map((row) => ({ row, now: nowOf(row, fresh(row.machine.machineId), details) }))
  return (
    <>
      <div className={css.table} style={{ '--rows': Math.min(rows.length, 16) } as React.CSSProperties}>
        <GpuTable
          rows={sorted(rows, sort).map(({ row }) => row)}
          details={details}
          sort={sort}
          onSort={setSort}
          ofOne={clusterId}
        />
      </div>
      <Card title="Processes" note="what computes on the GPUs">
        <Processes rows={rows} />
      </Card>
    </>
  )
}
