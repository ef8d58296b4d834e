import { Button } from '@mantine/core'
import { IconShieldX } from '@tabler/icons-react'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ErrorData } from '../../../shared/error.ts'
import type { Place } from '../../../shared/place.ts'
import { hostWords, type PoolHost } from '../../../shared/pool.ts'
import { changedKeyOf } from '../../data/changed-key.ts'
import { useAllNodes, useClusters, useHealth } from '../../data/live.ts'
import { hostState, poolHosts } from '../../data/place-words.ts'
import { api } from '../../rpc/connection.ts'
import { Card } from '../../ui/card.tsx'
import { checkPlace } from '../../ui/check-place.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Fingerprint, hostKeyCommand } from '../../ui/host-key.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { showError } from '../../ui/notice.tsx'
import { Note } from '../../ui/note.tsx'
import { Crumb, Page, Scroll } from '../../ui/page.tsx'
import { StateDot } from '../../ui/state-dot.tsx'
import table from '../../ui/table.module.css'
import { readChangedKey } from './host-key-words.ts'
import { NoPool, usePool } from './no-pool.tsx'
import css from './host-page.module.css'
import page from './places.module.css'

const route = getRouteApi('/places/$placeId/hosts/$hostId')

/** A machine that shows another host key than before: both keys, what it may mean, and what can be done. Nothing here just goes on. */
export function HostPage() {
  const { placeId, hostId } = route.useParams()
  const pool = usePool(placeId)
  const host = pool && poolHosts(pool).find(({ id }) => id === hostId)
  return pool && host ? <Host pool={pool} host={host} /> : <NoPool />
}

function Host({ pool, host }: { pool: Place; host: PoolHost }) {
  const row = useHealth(pool.id)?.hosts.find(({ hostId }) => hostId === host.id)
  const error = changedKeyOf(host.id, { row, clusters: useClusters(), nodes: useAllNodes() })
  const { tone, word } = error ? ({ tone: 'failed', word: 'host key changed' } as const) : hostState(row, null)
  const name = hostWords(host)
  const checking = row?.state === 'checking'
  return (
    <Page
      title={name}
      lead={
        <>
          <Crumb />
          <StateDot tone={tone} word={word} />
          <h1>{name}</h1>
        </>
      }
      actions={
        <>
          <Button disabled={checking} onClick={() => checkPlace(pool.id)}>
            {checking ? 'Being checked…' : 'Check again'}
          </Button>
          <LinkButton to="/places/$placeId" params={{ placeId: pool.id }}>
            All of {pool.name}
          </LinkButton>
        </>
      }
    >
      <Scroll>
        <div className={page.page}>
          {error ? (
            <Changed pool={pool} host={host} error={error} />
          ) : (
            <Note tone="motion" title={`${name}: ${word}`}>
              No changed host key was seen at its last check.
            </Note>
          )}
        </div>
      </Scroll>
    </Page>
  )
}

function Changed({ pool, host, error }: { pool: Place; host: PoolHost; error: ErrorData }) {
  const { shown, known, name } = readChangedKey(error)
  const command = hostKeyCommand(shown?.keyType ?? 'ssh-ed25519')
  return (
    <>
      <div className={css.loud} role="alert">
        <IconShieldX size={30} stroke={1.5} aria-hidden />
        <div>
          <h2>{hostWords(host)} shows another host key than the one you trusted</h2>
          <p>
            The machine that answers at {error.where} could not prove that it is the one you know. Styx hung up before logging in:{' '}
            <strong>no password, no key and no command went there.</strong> It stays locked.
          </p>
        </div>
      </div>
      <div className={css.pair}>
        {known.length === 0 && <Fingerprint title="The key you trusted" keyType="" fingerprint={null} tone="good" />}
        {known.map(({ where, file, keyType, fingerprint }) => (
          <Fingerprint key={where} title="The key you trusted" keyType={keyType} fingerprint={fingerprint} tone="good">
            <p className={css.may}>In {where}.</p>
            {fingerprint === null && <Command text={`ssh-keygen -l -F '${name}' -f ${file}`} about="It is shown by:" />}
          </Fingerprint>
        ))}
        <Fingerprint
          title="The key it shows now"
          keyType={shown?.keyType ?? ''}
          fingerprint={shown?.fingerprint ?? null}
          tone="bad"
        >
          <p className={css.may}>Trusted by nobody.</p>
        </Fingerprint>
      </div>
      <div className={css.pair}>
        <Card title="It may have been reinstalled">
          <p className={css.may}>
            A new system makes new host keys. Whoever runs the machine can say so, and when. Then all is well.
          </p>
        </Card>
        <Card title="Someone may stand in between">
          <p className={css.may}>
            Who answers could read everything, passwords too. Or the address belongs to another machine now. Then nothing may go
            there.
          </p>
        </Card>
      </div>
      <Card>
        <div className={css.compare}>
          <span>
            <strong>Styx cannot tell which.</strong> Compare at the machine’s own screen:
          </span>
          <Command text={command} />
        </div>
      </Card>
      <div className={css.choices}>
        <StopUsing pool={pool} host={host} />
        <div className={css.choice}>
          <div>
            <h3>
              Decide later<span className={css.safe}>safe</span>
            </h3>
            <p>It stays locked. Styx logs in only if the old key comes back.</p>
          </div>
          <LinkButton to="/places/$placeId" params={{ placeId: pool.id }}>
            Leave it locked
          </LinkButton>
        </div>
        <div className={css.choice}>
          <div>
            <h3>It was reinstalled, and you know it</h3>
            <p>
              Only if the fingerprint it shows is the one that the machine’s own screen tells. Take the old key out yourself, in a
              terminal; then check again, and Styx asks about the new one as about any machine it has not seen.
            </p>
            <div className={css.steps}>
              {[...new Set(known.map(({ file }) => file))].map((file) => (
                <Command key={file} text={`ssh-keygen -R '${name}' -f ${file}`} />
              ))}
            </div>
          </div>
        </div>
      </div>
    </>
  )
}

function StopUsing({ pool, host }: { pool: Place; host: PoolHost }) {
  const go = useNavigate()
  const rest = poolHosts(pool).filter(({ id }) => id !== host.id)
  const stop = async () => {
    if (rest.length === 0) await api.places.remove({ placeId: pool.id })
    else await api.places.save({ placeId: pool.id, name: pool.name, hosts: rest })
    await go(rest.length === 0 ? { to: '/' } : { to: '/places/$placeId', params: { placeId: pool.id } })
  }
  return (
    <div className={css.choice}>
      <div>
        <h3>
          Stop using {hostWords(host)}
          <span className={css.safe}>safe</span>
        </h3>
        <p>
          Takes it out of {pool.name}
          {rest.length === 0 && ', which then is empty and goes too'}. Nothing on the machine is touched, and you can add it again
          any day.
        </p>
      </div>
      <Button variant="filled" onClick={() => void stop().catch(showError)}>
        Stop using it
      </Button>
    </div>
  )
}

function Command({ text, about }: { text: string; about?: string }) {
  return (
    <div className={css.commandLine}>
      {about && <span className={css.may}>{about} </span>}
      <span className={table.command}>
        <code>{text}</code>
        <CopyButton text={text} label="Copy the command" />
      </span>
    </div>
  )
}
