import { ORPCError } from '@orpc/client'
import { type ErrorData, errorData, errorDataOf } from '../../shared/error.ts'

/** Whatever a call or a stream failed with, as the words for the screen. */
export function toErrorData(error: unknown): ErrorData {
  if (!(error instanceof ORPCError)) return errorDataOf(error)
  const ours = errorData.safeParse(error.data)
  if (ours.success) return ours.data
  return {
    code: `rpc.${error.code.toLowerCase().replaceAll('_', '-')}`,
    what: error.code === 'BAD_REQUEST' ? 'The engine did not understand the screen' : 'The engine could not answer',
    where: '',
    why: error.message,
    suggestion: 'Reload the page. If it happens again, report it with the raw text below.',
    detail: JSON.stringify(error.data ?? null, null, 2),
    retryable: false,
  }
}
