import { MantineProvider } from '@mantine/core'
import { ModalsProvider } from '@mantine/modals'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { queries } from './data/live.ts'
import { router } from './router.tsx'
import { readNonce } from './nonce.ts'
import { cssVariablesResolver, theme } from './ui/theme.ts'

/** Everything that the pages stand on. */
export function App() {
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariablesResolver}
        defaultColorScheme="auto"
        getStyleNonce={readNonce}
      >
        <ModalsProvider>
          <Notifications position="top-right" limit={4} containerWidth={380} notificationMaxHeight={640} />
          <RouterProvider router={router} />
        </ModalsProvider>
      </MantineProvider>
    </QueryClientProvider>
  )
}
