import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useNodes, useOperation, usePlaces } from '../../data/live.ts'
import { fullTime } from '../../data/time.ts'
import { clusterActions } from '../../ui/cluster-actions.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Scroll } from '../../ui/page.tsx'
import { SettingsGroup, SettingsRow } from '../../ui/settings-list.tsx'
import { useShownCluster } from './cluster-page.tsx'

const about: Record<string, string> = {
  terminate: 'Ends what runs and removes what Styx made for it. Cannot be taken back.',
  stop: 'Ends what runs and keeps its folders. Start brings it back.',
  start: 'Brings it back as it was.',
  forget: 'Deletes the record, its events stay. It holds nothing any more.',
  again: 'Opens the launch page with the same place, offer and settings.',
  'give-up': 'Asks its machines for nothing any more. What stays where is said in an event.',
  retry: 'Goes on at the step that failed.',
  cancel: 'Asks what to keep.',
  'restart-ray': 'Ends Ray on all nodes with the jobs that run by it, and starts it again.',
  'upgrade-ray': 'Installs another version beside this one, then restarts Ray with it.',
}

/** What the cluster was launched with, and what can be done to it as a whole. */
export function ClusterSettings() {
  const cluster = useShownCluster()
  const operation = useOperation(cluster.id)
  const place = usePlaces().find(({ id }) => id === cluster.placeId)
  return (
    <Scroll>
      <SettingsGroup title="Made with">
        <SettingsRow title="Name">{cluster.name}</SettingsRow>
        <SettingsRow title="Place">{place?.name ?? 'unknown'}</SettingsRow>
        <SettingsRow title="Launched">{fullTime(cluster.createdAt)}</SettingsRow>
        <SettingsRow title="Identity" about="How Styx marks what it makes for this cluster.">
          <span style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}>
            <code>{cluster.id}</code>
            <CopyButton text={cluster.id} label="Copy the identity" />
          </span>
        </SettingsRow>
      </SettingsGroup>
      <SettingsGroup title="Its life">
        {clusterActions(cluster, operation, useNodes(cluster.id), useNavigate()).map(({ key, label, danger, run }) => (
          <SettingsRow key={key} title={label.replace('…', '')} about={about[key]}>
            <Button variant={danger ? 'danger' : 'default'} onClick={run}>
              {label}
            </Button>
          </SettingsRow>
        ))}
      </SettingsGroup>
    </Scroll>
  )
}
