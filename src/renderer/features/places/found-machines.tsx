import { Button } from '@mantine/core'
import { IconRefresh, IconServer } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Found, FoundHost } from '../../../shared/found.ts'
import { hostWords } from '../../../shared/pool.ts'
import { count } from '../../data/words.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { Loading } from '../../ui/empty.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { Note } from '../../ui/note.tsx'
import table from '../../ui/table.module.css'
import css from './places.module.css'

type Props = { isChosen(host: FoundHost): boolean; onChoose(hosts: FoundHost[], chosen: boolean, group: string): void }

/** The machines that the user's own files name, each with a tick box. Nobody is contacted. */
export function FoundMachines({ isChosen, onChoose }: Props) {
  const found = useQuery({ queryKey: ['found'], queryFn: () => api.places.found(), staleTime: 0 })
  return (
    <section className={css.section}>
      <div className={css.sectionHead}>
        <h2>Found, not contacted</h2>
        <span>Machines that your own files name. No key was used, copied or sent.</span>
        <Button
          variant="subtle"
          leftSection={<IconRefresh size={15} stroke={1.75} />}
          loading={found.isFetching}
          onClick={() => found.refetch()}
        >
          Look again
        </Button>
      </div>
      {found.error ? (
        <ErrorBlock error={toErrorData(found.error)} />
      ) : !found.data ? (
        <Loading>Reading your files…</Loading>
      ) : (
        <>
          {found.data.groups.length === 0 && (
            <p className={css.none}>
              Neither ~/.ssh/config nor ~/.sky/ssh_node_pools.yaml names a machine. Paste some, or write them by hand below.
            </p>
          )}
          {found.data.groups.map((group) => (
            <Group key={`${group.file} ${group.name}`} group={group} isChosen={isChosen} onChoose={onChoose} />
          ))}
          {found.data.problems.map(({ file, line, what }) => (
            <Note key={`${file}:${line} ${what}`} tone="needs" title={line === 0 ? file : `${file}, line ${line}`}>
              {what}
            </Note>
          ))}
        </>
      )}
    </section>
  )
}

function Group({ group, isChosen, onChoose }: Props & { group: Found['groups'][number] }) {
  const usable = group.hosts.filter(({ problem }) => problem === null)
  const chosen = usable.filter(isChosen).length
  return (
    <fieldset className={css.group}>
      <legend className="visually-hidden">
        {group.name}, {group.file}
      </legend>
      <div className={`${css.foundRow} ${css.groupHead}`}>
        <input
          type="checkbox"
          className={css.tick}
          aria-label={`All of ${group.name}`}
          disabled={usable.length === 0}
          checked={chosen > 0 && chosen === usable.length}
          ref={(box) => {
            if (box) box.indeterminate = chosen > 0 && chosen < usable.length
          }}
          onChange={({ currentTarget }) => onChoose(usable, currentTarget.checked, group.name)}
        />
        <span className={css.groupName}>
          <IconServer size={16} stroke={1.75} aria-hidden />
          <strong>{group.name}</strong>
          <span>
            {count(group.hosts.length, 'machine')} in {group.file}
          </span>
        </span>
      </div>
      {group.hosts.map((host) => (
        <label key={`${host.file}:${host.line} ${hostWords(host)}`} className={css.foundRow} data-off={host.problem !== null}>
          <input
            type="checkbox"
            className={css.tick}
            disabled={host.problem !== null}
            checked={isChosen(host)}
            onChange={({ currentTarget }) => onChoose([host], currentTarget.checked, group.name)}
          />
          <span className={table.name}>{hostWords(host)}</span>
          <code>{host.address}</code>
          <span>{[host.identityFile && `key ${host.identityFile}`, throughWords(host.through)].filter(Boolean).join(', ')}</span>
          <span className={host.problem ? css.problem : css.where}>{host.problem ?? `line ${host.line}`}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** "by way of ada@gateway". */
export const throughWords = (through: readonly string[]) => (through.length === 0 ? '' : `by way of ${through.join(', ')}`)
