import { Button, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { type FormEvent, useState } from 'react'
import type { Cluster } from '../../shared/cluster.ts'
import { rayWish } from '../../shared/ray.ts'
import { api } from '../rpc/connection.ts'
import { confirm } from './confirm.tsx'
import css from './confirm.module.css'
import { showError } from './notice.tsx'

/** Before Ray is restarted. */
export function askRestartRay({ id: clusterId, name }: Cluster): void {
  confirm({
    title: `Restart Ray of ${name}?`,
    children: (
      <p>
        Ray ends on all nodes, and the jobs that run by it <strong>fail</strong>. Terminals, and any other Ray on the machines, go
        on.
      </p>
    ),
    keep: 'Leave it running',
    choices: [{ label: 'Restart Ray', primary: true, run: () => api.clusters.restartRay({ clusterId }) }],
  })
}

/** Asks for a version of Ray. */
export function askUpgradeRay(cluster: Cluster): void {
  const id = modals.open({
    title: `Another Ray for ${cluster.name}`,
    children: <UpgradeRay cluster={cluster} close={() => modals.close(id)} />,
  })
}

function UpgradeRay({ cluster: { id: clusterId, ray }, close }: { cluster: Cluster; close(): void }) {
  const [text, setText] = useState('')
  const version = rayWish.shape.version.safeParse(text.trim() || null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!version.success) return
    close()
    api.clusters.upgradeRay({ clusterId, version: version.data }).catch(showError)
  }
  return (
    <form onSubmit={submit}>
      <div className={css.words}>
        <p>
          It has {ray?.version}. The other one is installed on every node beside it; then Ray restarts, and the jobs that run by
          it <strong>fail</strong>.
        </p>
        <TextInput
          label="Version"
          description="Empty: the newest that the Python of all nodes runs."
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          value={text}
          error={version.success ? undefined : version.error.issues[0]?.message}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <div className={css.buttons}>
        <Button variant="subtle" onClick={close}>
          Leave it
        </Button>
        <Button type="submit" variant="filled" disabled={!version.success}>
          Install and restart Ray
        </Button>
      </div>
    </form>
  )
}
