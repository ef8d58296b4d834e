import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight'
import {
  IconBan,
  IconCopyPlus,
  IconCpu,
  IconDeviceDesktop,
  IconEraser,
  IconFileCode,
  IconFileText,
  IconLayoutBottombar,
  IconLayoutGrid,
  IconList,
  IconMessageQuestion,
  IconMoon,
  IconPencil,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlus,
  IconPower,
  IconRefresh,
  IconSearch,
  IconServer,
  IconServerBolt,
  IconSettings,
  IconSun,
  IconTerminal2,
  IconTrash,
} from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { askWords, showAsk } from '../../data/asking.ts'
import { openLog, openTerminal, openTerminals, toggleDock } from '../../data/dock.ts'
import { jobWord } from '../../data/job-words.ts'
import {
  useAllNodes,
  useAllOperations,
  useAsks,
  useClusters,
  useJobs,
  usePlaces,
  useSettings,
  writeSettings,
} from '../../data/live.ts'
import { nodeName, stateWord } from '../../data/words.ts'
import { askQuit } from '../../ui/ask-quit.tsx'
import { checkPlace } from '../../ui/check-place.ts'
import { type ClusterAction, clusterActions } from '../../ui/cluster-actions.tsx'
import { type JobAction, jobActions } from '../../ui/job-actions.tsx'
import { showError } from '../../ui/notice.tsx'

const icons: Record<ClusterAction['key'], typeof IconTrash> = {
  stop: IconPlayerStop,
  start: IconPlayerPlay,
  terminate: IconTrash,
  retry: IconRefresh,
  cancel: IconBan,
  again: IconCopyPlus,
  forget: IconEraser,
  'give-up': IconEraser,
  'restart-ray': IconRefresh,
  'upgrade-ray': IconRefresh,
}

const jobIcons: Record<JobAction['key'], typeof IconTrash> = {
  again: IconRefresh,
  change: IconPencil,
  cancel: IconBan,
  remove: IconTrash,
}
/** Older ones are found on the page of jobs. */
const JOBS_SHOWN = 12

const boardViews = [
  { view: 'cards', words: 'Board as cards' },
  { view: 'table', words: 'Board as a table' },
  { view: 'wall', words: 'Board as a wall of GPUs' },
] as const

const SHOWN = 50

/** Ctrl K: every view, every cluster, and everything that can be done. */
export function Palette() {
  return (
    <Spotlight
      actions={useActions()}
      shortcut="mod + K"
      highlightQuery
      limit={SHOWN} // a hundred clusters have thousands of things that can be done
      scrollable
      maxHeight={420}
      centered={false}
      yOffset="12vh"
      nothingFound="Nothing is called so. Try a cluster's name, or stop, terminal, theme."
      searchProps={{
        leftSection: <IconSearch size={17} stroke={1.75} />,
        placeholder: 'Go to a cluster, run a command…',
        'aria-label': 'Search',
      }}
      transitionProps={{ duration: 120 }}
      overlayProps={{ backgroundOpacity: 0.5, blur: 0 }}
      attributes={{ content: { 'aria-label': 'Go anywhere, do anything' } }}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
    />
  )
}

function useActions(): SpotlightActionGroupData[] {
  const go = useNavigate()
  const clusters = useClusters()
  const nodes = useAllNodes()
  const operations = useAllOperations()
  const places = usePlaces()
  const asks = useAsks()
  const { theme, board } = useSettings()

  const general: SpotlightActionData[] = [
    action('launch', 'Launch a cluster', IconPlus, () => go({ to: '/launch' })),
    action('task', 'Write a task and run it', IconFileCode, () => go({ to: '/task' })),
    action('add-machines', 'Add machines', IconServerBolt, () => go({ to: '/places/add' })),
    ...asks.map((ask) => action(`ask-${ask.id}`, `Answer: ${askWords(ask)}`, IconMessageQuestion, () => showAsk(ask.id))),
    ...places
      .filter(({ kind }) => kind === 'local')
      .map((place) =>
        action(
          `terminal-${place.id}`,
          `Open a terminal on ${lower(place.name)}`,
          IconTerminal2,
          () => void openTerminal({ is: 'place', placeId: place.id }),
        ),
      ),
    ...places.map((place) =>
      action(`check-${place.id}`, `Check ${lower(place.name)} again`, IconDeviceDesktop, () => checkPlace(place.id)),
    ),
    action('dock', 'Show or hide the dock', IconLayoutBottombar, () => void toggleDock()),
    ...(['dark', 'light', 'system'] as const)
      .filter((scheme) => scheme !== theme)
      .map((scheme) =>
        action(
          `theme-${scheme}`,
          `Theme: ${scheme}`,
          scheme === 'light' ? IconSun : IconMoon,
          () => void writeSettings({ theme: scheme }).catch(showError),
        ),
      ),
    action('quit', 'Quit Styx…', IconPower, askQuit),
  ]
  const views: SpotlightActionData[] = [
    action('board', 'Board', IconLayoutGrid, () => go({ to: '/' })),
    ...boardViews
      .filter(({ view }) => view !== board.view)
      .map(({ view, words }) =>
        action(`board-${view}`, words, IconLayoutGrid, () => {
          void writeSettings({ board: { ...board, view } }).catch(showError)
          go({ to: '/' })
        }),
      ),
    action('jobs', 'Jobs', IconPlayerPlay, () => go({ to: '/jobs' })),
    action('gpus', 'GPUs', IconCpu, () => go({ to: '/gpus' })),
    action('events', 'Events', IconList, () => go({ to: '/events' })),
    action('settings', 'Settings', IconSettings, () => go({ to: '/settings' })),
    ...places
      .filter(({ kind }) => kind === 'ssh')
      .map(({ id, name }) =>
        action(`place-${id}`, name, IconServer, () => go({ to: '/places/$placeId', params: { placeId: id } })),
      ),
  ]
  const ofClusters = clusters.flatMap((cluster): SpotlightActionData[] => {
    const all = nodes[cluster.id] ?? []
    const up = all.filter(({ state }) => state === 'up')
    return [
      {
        ...action(`go-${cluster.id}`, cluster.name, IconServer, () =>
          go({ to: '/clusters/$clusterId', params: { clusterId: cluster.id } }),
        ),
        rightSection: stateWord(cluster.state).toLowerCase(),
      },
      ...up.map((node) =>
        action(
          `terminal-${node.id}`,
          `Terminal on ${cluster.name}, ${nodeName(node)}`,
          IconTerminal2,
          () => void openTerminal({ is: 'node', nodeId: node.id }),
        ),
      ),
      ...(up.length > 1
        ? [
            action(
              `terminals-${cluster.id}`,
              `Terminals on all nodes of ${cluster.name}`,
              IconTerminal2,
              () => void openTerminals(up.map(({ id }) => id)),
            ),
          ]
        : []),
      ...clusterActions(cluster, operations[cluster.id], all, go).map(({ key, sentence, run }) =>
        action(`${key}-${cluster.id}`, sentence, icons[key], run),
      ),
    ]
  })
  const ofJobs = useJobs()
    .slice(0, JOBS_SHOWN)
    .flatMap((job): SpotlightActionData[] => [
      {
        ...action(`go-${job.id}`, `${job.name}, job ${job.number} of ${job.clusterName}`, IconPlayerPlay, () =>
          go({ to: '/jobs/$jobId', params: { jobId: job.id } }),
        ),
        rightSection: jobWord(job).toLowerCase(),
      },
      action(
        `log-${job.id}`,
        `Log of ${job.name}, job ${job.number}, in the dock`,
        IconFileText,
        () => void openLog(`job:${job.id}`),
      ),
      ...jobActions(job, clusters.find(({ id }) => id === job.clusterId) ?? null, go).map(({ key, sentence, run }) =>
        action(`${key}-${job.id}`, sentence, jobIcons[key], run),
      ),
    ])
  return [
    { group: 'Do', actions: general },
    { group: 'Go to', actions: views },
    ...(ofClusters.length > 0 ? [{ group: 'Clusters', actions: ofClusters }] : []),
    ...(ofJobs.length > 0 ? [{ group: 'Jobs', actions: ofJobs }] : []),
  ]
}

function action(id: string, label: string, Icon: typeof IconTrash, onClick: () => void): SpotlightActionData {
  return { id, label, onClick, leftSection: <Icon size={17} stroke={1.75} /> }
}

const lower = (name: string) => (name === 'This machine' ? 'this machine' : name)
