import { Button, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useCallback, useState } from 'react'
import type { FoundHost } from '../../../shared/found.ts'
import type { Place } from '../../../shared/place.ts'
import type { HostName } from '../../../shared/pool.ts'
import { queries } from '../../data/live.ts'
import { poolHosts } from '../../data/place-words.ts'
import { count } from '../../data/words.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { FoundMachines } from './found-machines.tsx'
import { MachineFields, MachineHead } from './machine-fields.tsx'
import { PasteMachines } from './paste-machines.tsx'
import css from './places.module.css'
import { type DraftField, type DraftHost, draftOf, emptyHost, hostOf, isEmpty, isFound, problemsOf } from './pool-draft.ts'

/** The machines of a pool: found in the user's files, pasted, or written by hand. `before`: the pool that is changed. */
export function PoolForm({
  before,
  onSaved,
  actions,
}: {
  before: Place | null
  onSaved(place: Place): void
  actions: ReactNode
}) {
  const [name, setName] = useState(before?.name ?? '')
  const [drafts, setDrafts] = useState<DraftHost[]>(() => (before ? poolHosts(before).map(draftOf) : []))
  // Errors stand at their fields once the user asked to save, and go as they are mended.
  const [asked, setAsked] = useState(false)
  const written = drafts.filter((draft) => !isEmpty(draft))
  const problems = asked ? problemsOf(written) : new Map()
  const save = useMutation({
    mutationFn: () =>
      api.places.save({
        ...(before && { placeId: before.id }),
        name: name.trim(),
        hosts: written.map((draft) => ({ ...hostOf(draft), ...(draft.id !== undefined && { id: draft.id }) })),
      }),
    onSuccess: (place) => {
      void queries.invalidateQueries({ queryKey: ['offers', place.id] })
      onSaved(place)
    },
  })
  const { reset } = save

  const change = useCallback(
    (key: string, field: DraftField, text: string) => {
      reset()
      setDrafts((all) => all.map((draft) => (draft.key === key ? { ...draft, [field]: text } : draft)))
    },
    [reset],
  )
  const remove = useCallback(
    (key: string) => {
      reset()
      setDrafts((all) => all.filter((draft) => draft.key !== key))
    },
    [reset],
  )
  const add = (hosts: HostName[]) => {
    reset()
    setDrafts((all) => [...all.filter((draft) => !isEmpty(draft)), ...hosts.map((host) => draftOf(host))])
  }
  const choose = (hosts: FoundHost[], chosen: boolean, group: string) => {
    if (chosen && name === '') setName(group)
    if (chosen) add(hosts.filter((host) => !drafts.some((draft) => isFound(draft, host))))
    else setDrafts((all) => all.filter((draft) => !hosts.some((host) => isFound(draft, host))))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsked(true)
    if (name.trim() !== '' && written.length > 0 && problemsOf(written).size === 0) save.mutate()
  }

  const refused = save.error ? toErrorData(save.error) : null
  const nameError =
    refused?.where === 'name'
      ? [refused.what, refused.why].filter(Boolean).join('. ')
      : asked && name.trim() === ''
        ? 'Give it a name.'
        : null
  return (
    <form className={css.form} onSubmit={submit} noValidate>
      <FoundMachines isChosen={(host) => drafts.some((draft) => isFound(draft, host))} onChoose={choose} />
      <section className={css.section}>
        <div className={css.sectionHead}>
          <h2>The pool</h2>
          <span>
            A cluster is launched on one of its machines, or on several. What is left empty is decided by ~/.ssh/config.
          </span>
        </div>
        <Card>
          <div className={css.poolTop}>
            <TextInput
              label="Name of the pool"
              className={css.poolName}
              autoComplete="off"
              spellCheck={false}
              placeholder="lab"
              value={name}
              error={nameError}
              onChange={({ currentTarget }) => {
                reset()
                setName(currentTarget.value)
              }}
            />
            <PasteMachines onAdd={add} />
          </div>
          {drafts.length > 0 && <MachineHead />}
          <ul className={css.machines}>
            {drafts.map((draft, index) => (
              <MachineFields
                key={draft.key}
                draft={draft}
                number={index + 1}
                problem={problems.get(draft.key) ?? engineProblem(refused, written.indexOf(draft))}
                onChange={change}
                onRemove={remove}
              />
            ))}
          </ul>
          <Button
            variant="subtle"
            leftSection={<IconPlus size={15} stroke={1.75} />}
            onClick={() => setDrafts((all) => [...all, emptyHost()])}
          >
            Write one by hand
          </Button>
          {asked && written.length === 0 && (
            <p className={css.error} role="alert">
              No machine is chosen yet. Tick one that was found, paste some, or write one by hand.
            </p>
          )}
          {refused && !isAtField(refused.where) && <ErrorBlock error={refused} />}
          <div className={css.buttons}>
            {actions}
            <Button type="submit" variant="filled" loading={save.isPending}>
              {saveWords(before, written.length)}
            </Button>
          </div>
        </Card>
      </section>
    </form>
  )
}

function saveWords(before: Place | null, machines: number): string {
  if (before) return 'Save and check'
  return machines === 0 ? 'Add machines' : `Add ${count(machines, 'machine')} and check`
}

const isAtField = (where: string) => where === 'name' || /^hosts\.\d+\.\w+$/.test(where)

/** What the engine says of a machine, at the field that it names. */
function engineProblem(error: { where: string; what: string; why: string } | null, index: number) {
  const [, at, field] = /^hosts\.(\d+)\.(host|user|port|identityFile|jump)$/.exec(error?.where ?? '') ?? []
  if (!error || Number(at) !== index) return undefined
  return { field: field as DraftField, why: [error.what, error.why].filter(Boolean).join('. ') }
}
