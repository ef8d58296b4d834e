import { Button, NumberInput, Popover, SegmentedControl, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Settings } from '../../../shared/settings.ts'
import { useSettings, writeSettings } from '../../data/live.ts'
import { fullTime } from '../../data/time.ts'
import { api, toErrorData } from '../../rpc/connection.ts'
import { askQuit } from '../../ui/ask-quit.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { showError } from '../../ui/notice.tsx'
import { Page, Scroll } from '../../ui/page.tsx'
import { SettingsGroup, SettingsRow } from '../../ui/settings-list.tsx'
import { NoteSettingsGroup } from './note-settings.tsx'

const write = (settings: Partial<Settings>) => void writeSettings(settings).catch(showError)

/** What can be chosen, where things are kept, and the end of the program. Every change is kept at once. */
export function SettingsPage() {
  const settings = useSettings()
  const terminal = (part: Partial<Settings['terminal']>) => write({ terminal: { ...settings.terminal, ...part } })
  return (
    <Page title="Settings">
      <Scroll>
        <SettingsGroup title="Screen">
          <SettingsRow title="Theme" about="System follows what your desktop says.">
            {() => (
              <SegmentedControl
                aria-label="Theme"
                value={settings.theme}
                onChange={(theme) => write({ theme: theme as Settings['theme'] })}
                data={[
                  { value: 'system', label: 'System' },
                  { value: 'dark', label: 'Dark' },
                  { value: 'light', label: 'Light' },
                ]}
              />
            )}
          </SettingsRow>
          <SettingsRow
            title="Notifications"
            about="Tells in the corner of what ends well, fails or needs you. The bell lists them either way."
          >
            {(labels) => (
              <Switch
                {...labels}
                checked={settings.notifications}
                onChange={(event) => write({ notifications: event.currentTarget.checked })}
              />
            )}
          </SettingsRow>
        </SettingsGroup>
        <SettingsGroup title="Terminal">
          <SettingsRow title="Font size" about="In pixels, 8 to 32.">
            {(labels) => (
              <NumberInput
                {...labels}
                w={96}
                min={8}
                max={32}
                clampBehavior="strict"
                value={settings.terminal.fontSize_px}
                onChange={(value) => typeof value === 'number' && value >= 8 && terminal({ fontSize_px: value })}
              />
            )}
          </SettingsRow>
          <SettingsRow title="Lines kept above the screen" about="For scrolling back, up to 100,000 in each terminal.">
            {(labels) => (
              <NumberInput
                {...labels}
                w={120}
                min={0}
                max={100_000}
                step={1000}
                thousandSeparator=","
                clampBehavior="strict"
                value={settings.terminal.scrollback_lines}
                onChange={(value) => typeof value === 'number' && terminal({ scrollback_lines: Math.round(value) })}
              />
            )}
          </SettingsRow>
          <SettingsRow
            title="Programs may write to the clipboard"
            about="By an escape sequence (OSC 52). Off, because what a node prints may be hostile: it could put a command where you paste next."
          >
            {(labels) => (
              <Switch
                {...labels}
                checked={settings.terminal.clipboardWrite}
                onChange={(event) => terminal({ clipboardWrite: event.currentTarget.checked })}
              />
            )}
          </SettingsRow>
        </SettingsGroup>
        <NoteSettingsGroup value={settings.notes} onChange={(notes) => write({ notes })} />
        <About />
      </Scroll>
    </Page>
  )
}

function About() {
  const info = useQuery({ queryKey: ['info'], queryFn: () => api.app.info() })
  if (info.error)
    return (
      <ErrorBlock error={toErrorData(info.error)}>
        <Button onClick={() => info.refetch()}>Read again</Button>
      </ErrorBlock>
    )
  if (!info.data) return null
  const { secrets, stateFolder, version, host, startedAt } = info.data
  return (
    <>
      <SettingsGroup title="Where things are kept">
        <SettingsRow
          title="Secrets"
          about={
            secrets.kept === 'keyring'
              ? 'The database, logs and this page hold none of them.'
              : 'No keyring answers here, so they are never written to a disk.'
          }
        >
          {secrets.kept === 'keyring' ? "In this machine's keyring" : <InMemory why={secrets.why} />}
        </SettingsRow>
        <SettingsRow title="State folder" about="Clusters, events, logs and settings. Only your user may read it.">
          <span style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}>
            <code>{stateFolder}</code>
            <CopyButton text={stateFolder} label="Copy the path" />
          </span>
        </SettingsRow>
      </SettingsGroup>
      <SettingsGroup title="Styx">
        <SettingsRow title="Version" about={host === 'web' ? 'Served to this browser.' : 'In a window of its own.'}>
          {version}
        </SettingsRow>
        <SettingsRow title="Running since">{fullTime(startedAt)}</SettingsRow>
        <SettingsRow
          title="Quit Styx"
          about="Ends terminals on this machine. Operations that run pause, and go on at the next start."
        >
          <Button onClick={askQuit}>Quit…</Button>
        </SettingsRow>
      </SettingsGroup>
    </>
  )
}

/** The library's own sentence about the keyring is one click away. */
function InMemory({ why }: { why: string }) {
  return (
    <span style={{ display: 'grid', justifyItems: 'end', gap: 2 }}>
      In memory, asked again at each start
      {why && (
        <Popover position="bottom-end" width={380}>
          <Popover.Target>
            <Button variant="subtle" size="compact-xs">
              What the keyring said
            </Button>
          </Popover.Target>
          <Popover.Dropdown p={12}>{why}</Popover.Dropdown>
        </Popover>
      )}
    </span>
  )
}
