import { IconPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Place } from '../../../shared/place.ts'
import { useHealth } from '../../data/live.ts'
import { placeState, poolGpuWords } from '../../data/place-words.ts'
import { count, gpuWords } from '../../data/words.ts'
import { PlaceIcon } from '../place-icon.tsx'
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
      <Link to="/places/add" className={css.addPlace}>
        <IconPlus size={14} stroke={1.75} aria-hidden />
        Add machines
      </Link>
    </fieldset>
  )
}

function PlaceChoice({ place, checked, onChoose }: { place: Place; checked: boolean; onChoose(): void }) {
  const health = useHealth(place.id)
  const machine = health?.machine
  const problem = health?.findings.find(({ level }) => level === 'problem')
  const { tone, word, note } = placeState(place, health)
  const words =
    place.kind === 'ssh'
      ? [note, poolGpuWords(health)].filter(Boolean).join(', ')
      : (problem?.what ??
        (machine
          ? [machine.cores && count(machine.cores, 'core'), gpuWords(machine)].filter(Boolean).join(', ')
          : 'not checked yet'))
  return (
    <label className={css.place}>
      <input type="radio" name="place" className="visually-hidden" checked={checked} onChange={onChoose} />
      <PlaceIcon kind={place.kind} />
      <span>
        <strong>{place.name}</strong>
        <small>{words}</small>
      </span>
      <StateDot tone={tone} word={word} />
    </label>
  )
}
