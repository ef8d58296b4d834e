import { NumberInput, Switch } from '@mantine/core'
import { type NoteSettings, noteSettings } from '../../../shared/settings.ts'
import { SettingsGroup, SettingsRow } from '../../ui/settings-list.tsx'
import css from './note-settings.module.css'

type Key = keyof NoteSettings
type Threshold = { title: string; about: string; unit: string; least: number; most: number; on: number }

const DEFAULTS = noteSettings.parse({})

/** `on`: what it begins with when it is switched on. The limits are those of the schema. */
const thresholds: Record<Key, Threshold> = {
  idle_min: {
    title: 'Idle GPUs',
    about: 'A GPU of a ready cluster does nothing for so long.',
    unit: 'min',
    least: 1,
    most: 10_000,
    on: 30,
  },
  hot_C: { title: 'Hot GPUs', about: 'From this temperature on.', unit: '°C', least: 30, most: 120, on: 88 },
  throttled_s: {
    title: 'GPUs that are slowed down',
    about: 'By heat or by their power supply, for so long. A power cap that somebody set does not count.',
    unit: 's',
    least: 10,
    most: 3600,
    on: 60,
  },
  ecc_errors: {
    title: 'Memory errors of GPUs',
    about: 'So many that ECC could not correct.',
    unit: '',
    least: 1,
    most: 1_000_000,
    on: 1,
  },
  xid_min: {
    title: 'XID errors',
    about: 'What the driver writes into the kernel log, where it may be read. Told for so long.',
    unit: 'min',
    least: 1,
    most: 1440,
    on: 60,
  },
  lost_s: {
    title: 'Lost GPUs',
    about: 'A GPU, or nvidia-smi as a whole, does not answer for so long.',
    unit: 's',
    least: 5,
    most: 3600,
    on: 30,
  },
  gpuMemory_percent: {
    title: 'GPU memory nearly full',
    about: 'Off at first: many frameworks take all of it as a matter of course.',
    unit: '%',
    least: 50,
    most: 100,
    on: 98,
  },
  memory_percent: {
    title: 'Memory nearly full',
    about: 'Of the machine, or of the container that it is.',
    unit: '%',
    least: 50,
    most: 100,
    on: 93,
  },
  disk_percent: {
    title: 'Disk nearly full',
    about: 'The one that holds the home folder.',
    unit: '%',
    least: 50,
    most: 100,
    on: 95,
  },
  silent_s: {
    title: 'Machines that do not answer',
    about: 'No reading came for so long.',
    unit: 's',
    least: 20,
    most: 3600,
    on: 60,
  },
}

/** From when on a machine needs the user, or that it is not told. */
export function NoteSettingsGroup({ value, onChange }: { value: NoteSettings; onChange(value: NoteSettings): void }) {
  return (
    <SettingsGroup title="When a machine needs you">
      {(Object.entries(thresholds) as [Key, Threshold][]).map(([key, { title, about, unit, least, most, on }]) => {
        const now = value[key]
        const set = (next: number | null) => onChange({ ...value, [key]: next })
        return (
          <SettingsRow key={key} title={title} about={about}>
            {(labels) => (
              <span className={css.threshold}>
                {now !== null && (
                  <NumberInput
                    aria-describedby={labels['aria-describedby']}
                    aria-label={unit ? `${title}, in ${unit}` : `${title}, how many`}
                    w={112}
                    min={least}
                    max={most}
                    suffix={unit && ` ${unit}`}
                    allowDecimal={false}
                    clampBehavior="strict"
                    value={now}
                    onChange={(next) => typeof next === 'number' && next >= least && set(next)}
                  />
                )}
                <Switch
                  aria-label={title}
                  aria-describedby={labels['aria-describedby']}
                  checked={now !== null}
                  onChange={(event) => set(event.currentTarget.checked ? (DEFAULTS[key] ?? on) : null)}
                />
              </span>
            )}
          </SettingsRow>
        )
      })}
    </SettingsGroup>
  )
}
