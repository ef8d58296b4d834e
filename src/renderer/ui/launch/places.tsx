import { IconDeviceDesktop } from '@tabler/icons-react'
import type { Place } from '../../../shared/place.ts'
import { useHealth } from '../../data/live.ts'
import { count, gpuWords, type Tone } from '../../data/words.ts'
import { StateDot } from '../state-dot.tsx'
import css from './launch.module.css'

/** Where to launch. */
export function Places({ places, value, onChange }: { places: Place[]; value: string; onChange(id: string): void }) {
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
      <legend className={css.label} style={{ padding: '0 0 6px' }}>
        Where
      </legend>
      {places.map((place) => (
        <PlaceChoice key={place.id} place={place} checked={place.id === value} onChoose={() => onChange(place.id)} />
      ))}
    </fieldset>
  )
}

function PlaceChoice({ place, checked, onChoose }: { place: Place; checked: boolean; onChoose(): void }) {
  const health = useHealth(place.id)
  const machine = health?.machine
  const problem = health?.findings.find(({ level }) => level === 'problem')
  const words =
    problem?.what ??
    (machine ? [machine.cores && count(machine.cores, 'core'), gpuWords(machine)].filter(Boolean).join(', ') : 'not checked yet')
  const [tone, word]: [Tone, string] = !health
    ? ['off', 'not checked yet']
    : health.usable
      ? ['ready', 'can launch']
      : ['needs', 'cannot launch']
  return (
    <label className={css.place}>
      <input type="radio" name="place" className="visually-hidden" checked={checked} onChange={onChoose} />
      <IconDeviceDesktop size={16} stroke={1.75} aria-hidden />
      <span>
        <strong>{place.name}</strong>
        <small>{words}</small>
      </span>
      <StateDot tone={tone} word={word} />
    </label>
  )
}
