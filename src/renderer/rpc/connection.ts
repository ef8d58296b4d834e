import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { useSyncExternalStore } from 'react'
import type { Contract } from '../../shared/contract.ts'
import { connectElectron } from './connect-electron.ts'
import { connectWeb } from './connect-web.ts'
import { followStream } from './follow.ts'
import { type ConnectionState, createConnection, type Peers } from './reconnect.ts'

export { toErrorData } from './error-data.ts'
export type { ConnectionState } from './reconnect.ts'

// The desktop's pages come from app://, the web host's from http(s)://.
const connection = createConnection(location.protocol === 'app:' ? connectElectron : connectWeb)
addEventListener('online', connection.wake)
addEventListener('focus', connection.wake)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') connection.wake()
})

/**
 * The engine, as typed calls. A call made while there is no connection waits for one for a few seconds.
 * @throws StyxError with what the engine said, or `connection.lost` | `connection.signed-out`
 */
export const api: ContractRouterClient<Contract> = createORPCClient(connection.link)

/** How the connection to the engine is, for the screen. */
export const useConnection = (): ConnectionState => useSyncExternalStore(connection.onState, connection.state)

/** Reconnects now instead of at the next attempt. */
export const retryNow = (): void => connection.wake()

/** Calls back with the open connection, and with each that opens from now on. */
export const onOpen = (listener: (peers: Peers) => void): void => connection.onOpen(listener)

/** Runs a contract stream for ever: subscribes again after each reconnect; ends when the signal aborts. */
export const follow = <T>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
  onMessage: (message: T) => void,
  signal: AbortSignal,
): void => void followStream(connection, open, onMessage, signal)
