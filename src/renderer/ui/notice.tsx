import { notifications } from '@mantine/notifications'
import { toErrorData } from '../rpc/connection.ts'
import { ErrorBlock } from './error-block.tsx'

/** Tells of a failed action in the corner, in full: what, where, why and what to do. It stays until it is closed. */
export function showError(error: unknown): void {
  const data = toErrorData(error)
  notifications.show({
    id: data.code,
    autoClose: false,
    message: <ErrorBlock error={data} />,
    classNames: { root: 'notice-error' },
  })
}
