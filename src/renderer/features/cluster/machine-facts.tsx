import type { MachineFacts } from '../../../shared/machine.ts'
import { memoryWords } from '../../../shared/memory-words.ts'
import { count, cpuName, gpuWords } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import css from './cluster-page.module.css'

/** What the head is made of, as it was observed. */
export function MachineFactsCard({ facts, of }: { facts: MachineFacts; of: number }) {
  const lines: [string, string][] = [
    ['Host', facts.hostname],
    ['System', `${facts.os}, ${facts.arch}`],
    ['Processor', facts.cpu ? cpuName(facts.cpu) : 'unknown'],
    ['Cores', facts.cores === null ? 'unknown' : String(facts.cores)],
    ['Memory', facts.memory_MiB === null ? 'unknown' : memoryWords(facts.memory_MiB)],
    ['GPUs', gpuWords(facts)],
    ['Python', facts.python ?? 'not on the PATH'],
  ]
  return (
    <Card title="Made of" note={of > 1 ? `the head, of ${count(of, 'node')}` : ''}>
      <dl className={css.facts2}>
        {lines.map(([name, value]) => (
          <Line key={name} name={name} value={value} />
        ))}
      </dl>
    </Card>
  )
}

const Line = ({ name, value }: { name: string; value: string }) => (
  <>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </>
)
