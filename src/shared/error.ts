import * as z from 'zod'

/** What every failure tells the user: what failed, where, why, and what to do. The same fields inside the engine and over the contract. */
export const errorData = z.object({
  /** Stable and machine-readable, e.g. `cluster.name-taken`. Tests and the screen match on it, never on the words. */
  code: z.string(),
  /** What failed, as a short sentence: "The name is taken". */
  what: z.string(),
  /** Where: the field, host, file or step. Empty when it says nothing more than `what`. */
  where: z.string(),
  /** Why, in plain words. */
  why: z.string(),
  /** The next thing to do. */
  suggestion: z.string(),
  /** The raw text of whoever refused (stderr, an API's answer, a stack), one click away on the screen. */
  detail: z.string(),
  /** True when the same call may well succeed a little later. */
  retryable: z.boolean(),
})
export type ErrorData = z.infer<typeof errorData>

type Given = Pick<ErrorData, 'code' | 'what'> & Partial<ErrorData>

/** The one error type of the engine: thrown inside, sent as {@link ErrorData} over the contract. */
export class StyxError extends Error {
  readonly data: ErrorData
  constructor(given: Given, options?: ErrorOptions) {
    const { code, what, where = '', why = '', suggestion = '', detail = '', retryable = false } = given
    const data = { code, what, where, why, suggestion, detail, retryable }
    super([data.what, data.where, data.why].filter(Boolean).join(' · '), options)
    this.name = 'StyxError'
    this.data = data
  }
}

/** Any thrown value as {@link ErrorData}; what is not ours becomes `unexpected` with its stack as the detail. */
export function errorDataOf(error: unknown, where = ''): ErrorData {
  if (error instanceof StyxError) return where && !error.data.where ? { ...error.data, where } : error.data
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'unexpected',
    what: 'Something went wrong inside Styx',
    where,
    why: message,
    suggestion: 'Try again. If it happens again, report it with the raw text below.',
    detail: error instanceof Error ? (error.stack ?? message) : message,
    retryable: false,
  }
}
