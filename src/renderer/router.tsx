import { createBrowserHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import * as z from 'zod'
import { Board } from './features/board/board.tsx'
import { chartSearch } from './features/gpus/chart-search.ts'
import { jobsSearch } from './features/jobs/jobs-search.ts'
import { NotFound } from './shell/not-found.tsx'
import { PageError } from './shell/page-error.tsx'
import { Shell } from './shell/shell.tsx'

// The board is painted before any other page is read; the others come when they are looked for, and are read ahead while the pointer rests.
const ClusterEvents = lazyRouteComponent(() => import('./features/cluster/cluster-events.tsx'), 'ClusterEvents')
const ClusterFiles = lazyRouteComponent(() => import('./features/cluster/cluster-files.tsx'), 'ClusterFiles')
const ClusterJobs = lazyRouteComponent(() => import('./features/jobs/cluster-jobs.tsx'), 'ClusterJobs')
const ClusterLogs = lazyRouteComponent(() => import('./features/logs/cluster-logs.tsx'), 'ClusterLogs')
const ClusterNodes = lazyRouteComponent(() => import('./features/cluster/cluster-nodes.tsx'), 'ClusterNodes')
const ClusterOverview = lazyRouteComponent(() => import('./features/cluster/cluster-overview.tsx'), 'ClusterOverview')
const ClusterPage = lazyRouteComponent(() => import('./features/cluster/cluster-page.tsx'), 'ClusterPage')
const ClusterSettings = lazyRouteComponent(() => import('./features/cluster/cluster-settings.tsx'), 'ClusterSettings')
const OperationTab = lazyRouteComponent(() => import('./features/cluster/operation-tab.tsx'), 'OperationTab')
const EventsPage = lazyRouteComponent(() => import('./features/events/events-page.tsx'), 'EventsPage')
const JobPage = lazyRouteComponent(() => import('./features/jobs/job-page.tsx'), 'JobPage')
const JobsPage = lazyRouteComponent(() => import('./features/jobs/jobs-page.tsx'), 'JobsPage')
const ClusterGpus = lazyRouteComponent(() => import('./features/gpus/cluster-gpus.tsx'), 'ClusterGpus')
const GpusPage = lazyRouteComponent(() => import('./features/gpus/gpus-page.tsx'), 'GpusPage')
const LaunchPage = lazyRouteComponent(() => import('./features/launch/launch-page.tsx'), 'LaunchPage')
const TaskPage = lazyRouteComponent(() => import('./features/task/task-page.tsx'), 'TaskPage')
const AddMachines = lazyRouteComponent(() => import('./features/places/add-machines.tsx'), 'AddMachines')
const ChangePool = lazyRouteComponent(() => import('./features/places/change-pool.tsx'), 'ChangePool')
const HostPage = lazyRouteComponent(() => import('./features/places/host-page.tsx'), 'HostPage')
const PlacePage = lazyRouteComponent(() => import('./features/places/place-page.tsx'), 'PlacePage')
const SettingsPage = lazyRouteComponent(() => import('./features/settings/settings-page.tsx'), 'SettingsPage')

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

const cluster = createRoute({ getParentRoute: () => root, path: '/clusters/$clusterId', component: ClusterPage })

const routes = root.addChildren([
  createRoute({ getParentRoute: () => root, path: '/', component: Board }),
  createRoute({
    getParentRoute: () => root,
    path: '/launch',
    /** `like`: a cluster to launch another one of. */
    validateSearch: z.object({ place: z.string().optional().catch(undefined), like: z.string().optional().catch(undefined) }),
    component: LaunchPage,
  }),
  cluster.addChildren([
    createRoute({ getParentRoute: () => cluster, path: '/', component: ClusterOverview }),
    createRoute({ getParentRoute: () => cluster, path: '/operation', component: OperationTab }),
    createRoute({ getParentRoute: () => cluster, path: '/nodes', component: ClusterNodes }),
    createRoute({ getParentRoute: () => cluster, path: '/jobs', validateSearch: jobsSearch, component: ClusterJobs }),
    createRoute({
      getParentRoute: () => cluster,
      path: '/logs',
      validateSearch: z.object({ log: z.string().optional().catch(undefined) }),
      component: ClusterLogs,
    }),
    createRoute({
      getParentRoute: () => cluster,
      path: '/files',
      /** `path`: a folder of the node, absolute; none: where its jobs work. */
      validateSearch: z.object({ node: z.string().optional().catch(undefined), path: z.string().optional().catch(undefined) }),
      component: ClusterFiles,
    }),
    createRoute({ getParentRoute: () => cluster, path: '/gpus', validateSearch: chartSearch, component: ClusterGpus }),
    createRoute({ getParentRoute: () => cluster, path: '/events', component: ClusterEvents }),
    createRoute({ getParentRoute: () => cluster, path: '/settings', component: ClusterSettings }),
  ]),
  createRoute({
    getParentRoute: () => root,
    path: '/task',
    /** `cluster`: to run on; `place`: to launch one on; `again`: a job to begin from. */
    validateSearch: z.object({
      cluster: z.string().optional().catch(undefined),
      place: z.string().optional().catch(undefined),
      again: z.string().optional().catch(undefined),
    }),
    component: TaskPage,
  }),
  createRoute({ getParentRoute: () => root, path: '/jobs', validateSearch: jobsSearch, component: JobsPage }),
  createRoute({ getParentRoute: () => root, path: '/jobs/$jobId', component: JobPage }),
  createRoute({ getParentRoute: () => root, path: '/gpus', component: GpusPage }),
  createRoute({ getParentRoute: () => root, path: '/places/add', component: AddMachines }),
  createRoute({ getParentRoute: () => root, path: '/places/$placeId', component: PlacePage }),
  createRoute({ getParentRoute: () => root, path: '/places/$placeId/change', component: ChangePool }),
  createRoute({ getParentRoute: () => root, path: '/places/$placeId/hosts/$hostId', component: HostPage }),
  createRoute({ getParentRoute: () => root, path: '/events', component: EventsPage }),
  createRoute({ getParentRoute: () => root, path: '/settings', component: SettingsPage }),
])

export const router = createRouter({
  routeTree: routes,
  history: createBrowserHistory(),
  defaultPreload: 'intent',
  defaultErrorComponent: PageError,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
