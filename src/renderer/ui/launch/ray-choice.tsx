import { Button, Switch, TextInput } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { type ChangeEvent, useState } from 'react'
import { type RayWish, rayWish } from '../../../shared/ray.ts'
import css from './launch.module.css'

/** What is typed of it. `on` null: as the place has it. */
export type RayDraft = { on: boolean | null; version: string; wheels: string }
export const rayDraft = (wish: RayWish | null | undefined): RayDraft => ({
  on: wish === undefined ? null : wish !== null,
  version: wish?.version ?? '',
  wheels: wish?.wheels ?? '',
})

/** What a launch is asked for; `problems` by field where it cannot be. Off: null. */
export function readRay(
  draft: RayDraft,
  byDefault: boolean,
): { wish: RayWish | null; problems: Partial<Record<'version' | 'wheels', string>> } {
  if (!(draft.on ?? byDefault)) return { wish: null, problems: {} }
  const [version, wheels] = [draft.version.trim() || null, draft.wheels.trim() || null]
  const read = rayWish.safeParse({ version, wheels })
  if (read.success) return { wish: read.data, problems: {} }
  const problems = Object.fromEntries(read.error.issues.map(({ path, message }) => [String(path[0]), message]))
  return { wish: null, problems }
}

/** Whether the cluster gets Ray, and which. */
export function RayChoice({
  draft,
  byDefault,
  onChange,
}: {
  draft: RayDraft
  byDefault: boolean
  onChange(draft: RayDraft): void
}) {
  const [more, setMore] = useState(draft.version !== '' || draft.wheels !== '')
  const on = draft.on ?? byDefault
  const { problems } = readRay(draft, byDefault)
  const field = (of: 'version' | 'wheels') => ({
    autoComplete: 'off',
    spellCheck: false,
    value: draft[of],
    error: problems[of],
    onChange: (event: ChangeEvent<HTMLInputElement>) => onChange({ ...draft, [of]: event.currentTarget.value }),
  })
  const Chevron = more ? IconChevronDown : IconChevronRight
  return (
    <div className={css.ray}>
      <Switch
        label="Ray"
        checked={on}
        onChange={(event) => onChange({ ...draft, on: event.currentTarget.checked })}
        description={
          on
            ? 'Jobs over several nodes start together on it, and wait in its queue for GPUs. About 400 MB on each node, without root; the cluster’s own, removed with it.'
            : 'Without it: terminals, GPUs, and jobs in the order in which they were submitted.'
        }
      />
      {on && (
        <>
          <Button
            variant="subtle"
            className={css.rayMore}
            aria-expanded={more}
            leftSection={<Chevron size={14} stroke={1.75} />}
            onClick={() => setMore(!more)}
          >
            More
          </Button>
          {more && (
            <div className={css.rayFields}>
              <TextInput
                label="Version"
                description="Empty: the newest that the Python of all nodes runs."
                placeholder="2.60.0"
                {...field('version')}
              />
              <TextInput
                label="Folder of wheels"
                description="On every node; nothing is fetched from the network then."
                placeholder="/data/wheels"
                {...field('wheels')}
              />
            </div>
          )}
        </>
      )}
    </div>
  )
}
