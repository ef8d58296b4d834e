import { createBrowserHistory, createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import * as z from 'zod'
import { Board } from './features/board/board.tsx'
import { ClusterEvents } from './features/cluster/cluster-events.tsx'
import { ClusterNodes } from './features/cluster/cluster-nodes.tsx'
import { ClusterOverview } from './features/cluster/cluster-overview.tsx'
import { ClusterPage } from './features/cluster/cluster-page.tsx'
import { ClusterSettings } from './features/cluster/cluster-settings.tsx'
import { OperationTab } from './features/cluster/operation-tab.tsx'
import { EventsPage } from './features/events/events-page.tsx'
import { LaunchPage } from './features/launch/launch-page.tsx'
import { SettingsPage } from './features/settings/settings-page.tsx'
import { NotFound } from './shell/not-found.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

const cluster = createRoute({ getParentRoute: () => root, path: '/clusters/$clusterId', component: ClusterPage })

const routes = root.addChildren([
  createRoute({ getParentRoute: () => root, path: '/', component: Board }),
  createRoute({
    getParentRoute: () => root,
    path: '/launch',
    validateSearch: z.object({ place: z.string().optional().catch(undefined) }),
    component: LaunchPage,
  }),
  cluster.addChildren([
    createRoute({ getParentRoute: () => cluster, path: '/', component: ClusterOverview }),
    createRoute({ getParentRoute: () => cluster, path: '/operation', component: OperationTab }),
    createRoute({ getParentRoute: () => cluster, path: '/nodes', component: ClusterNodes }),
    createRoute({ getParentRoute: () => cluster, path: '/events', component: ClusterEvents }),
    createRoute({ getParentRoute: () => cluster, path: '/settings', component: ClusterSettings }),
  ]),
  createRoute({ getParentRoute: () => root, path: '/events', component: EventsPage }),
  createRoute({ getParentRoute: () => root, path: '/settings', component: SettingsPage }),
])

export const router = createRouter({ routeTree: routes, history: createBrowserHistory() })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
