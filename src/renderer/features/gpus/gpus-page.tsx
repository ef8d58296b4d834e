import { IconCpu } from '@tabler/icons-react'
import { fresh, useWatch } from '../../data/samples.ts'
import { count, number, percentWords } from '../../data/words.ts'
import { mean } from '../../ui/cells.ts'
import { Empty } from '../../ui/empty.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { LiveText } from '../../ui/live-text.tsx'
import { Page, Scroll } from '../../ui/page.tsx'
import { GpuList } from './gpu-list.tsx'
import { GpuProblem } from './gpu-problem.tsx'
import type { Machine } from './gpu-rows.ts'
import css from './gpus.module.css'
import { useMachines } from './use-machines.ts'

/** Every GPU of every machine that is known. */
export function GpusPage() {
  const machines = useMachines()
  useWatch(
    machines.map(({ machineId }) => machineId),
    0,
  )
  const gpus = machines.flatMap(({ facts }) => facts.gpus)
  const withProblem = machines.filter(({ facts }) => facts.gpuProblem !== null)
  if (gpus.length === 0)
    return (
      <Page title="GPUs">
        <Scroll>
          {withProblem.map((machine) => (
            <Problem key={machine.machineId} machine={machine} />
          ))}
          {withProblem.length === 0 && <NoGpu machines={machines} />}
        </Scroll>
      </Page>
    )
  return (
    <Page title="GPUs">
      <div className={css.page}>
        {withProblem.map((machine) => (
          <Problem key={machine.machineId} machine={machine} />
        ))}
        <GpuList machines={machines} lead={<Figures machines={machines} gpus={gpus.length} />} />
      </div>
    </Page>
  )
}

function Figures({ machines, gpus }: { machines: readonly Machine[]; gpus: number }) {
  const use = () => mean(machines.flatMap(({ machineId }) => fresh(machineId)?.gpus?.use_percent ?? []))
  const power = () =>
    machines
      .flatMap(({ machineId }) => fresh(machineId)?.gpus?.power_W ?? [])
      .reduce<number | null>((sum, one) => (one === null ? sum : (sum ?? 0) + one), null)
  return (
    <dl className={css.figures}>
      <Figure name={gpus === 1 ? 'GPU' : 'GPUs'}>{number(gpus)}</Figure>
      <Figure name={machines.length === 1 ? 'machine' : 'machines'}>{number(machines.length)}</Figure>
      <Figure name="busy now">
        <LiveText read={() => or(use(), percentWords)} />
      </Figure>
      <Figure name="power now">
        <LiveText read={() => or(power(), powerWords)} />
      </Figure>
    </dl>
  )
}

const Figure = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

function powerWords(watts: number): string {
  if (watts < 1000) return `${Math.round(watts)} W`
  return watts < 1e6 ? `${(watts / 1000).toFixed(1)} kW` : `${(watts / 1e6).toFixed(2)} MW`
}

const or = (value: number | null, words: (value: number) => string) => (value === null ? 'unknown' : words(value))

function Problem({ machine }: { machine: Machine }) {
  return (
    <section className={css.problem} aria-label={`GPUs of ${machine.name}`}>
      <h2>{machine.name}</h2>
      <GpuProblem machineId={machine.machineId} known={machine.facts.gpuProblem} />
    </section>
  )
}

/** Nothing is wrong: there is none. */
function NoGpu({ machines }: { machines: readonly Machine[] }) {
  const on = machines.flatMap((machine) => machine.on)[0]
  return (
    <Empty
      icon={IconCpu}
      title={machines.length === 0 ? 'No machine is known yet' : 'No NVIDIA GPU here'}
      actions={
        on ? (
          <LinkButton to="/clusters/$clusterId/gpus" params={{ clusterId: on.clusterId }}>
            What {on.cluster} does
          </LinkButton>
        ) : (
          <LinkButton to="/launch">Launch a cluster</LinkButton>
        )
      }
    >
      {machines.length === 0
        ? 'A machine appears here once it has been checked.'
        : `nvidia-smi is not installed on ${machines.length === 1 ? machines[0]!.name : `any of ${count(machines.length, 'machine')}`}, or finds none. If there is one, install the NVIDIA driver, then check again.`}
    </Empty>
  )
}
