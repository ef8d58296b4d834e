import type { ErrorData } from '../../../shared/error.ts'
import type { LogInfo, LogView } from '../../../shared/log.ts'
import { api, follow, toErrorData } from '../../rpc/connection.ts'
import { createLineCache, type LineCache } from './line-cache.ts'

/** A log as the screen reads it: what there is, followed, and the lines looked at. */
export type LogSource = {
  view: LogView
  cache: LineCache
  /** Null: nothing is known yet. */
  info(): LogInfo | null
  /** Why it cannot be read now; null: it can. It is tried again by itself. */
  error(): ErrorData | null
  close(): void
}

/** Follows a view of a log until it ends. `onChange`: there is more, or lines that were missing came, or it failed. */
export function openLog(view: LogView, onChange: () => void): LogSource {
  const closing = new AbortController()
  let info: LogInfo | null = null
  let error: ErrorData | null = null
  const fail = (cause: unknown) => {
    if (closing.signal.aborted) return // it was ended by us
    error = toErrorData(cause)
    onChange()
  }
  follow(
    (signal) =>
      api.logs.follow(view, { signal }).then(
        (infos) => told(infos, fail),
        (cause) => {
          fail(cause)
          throw cause
        },
      ),
    (next) => {
      info = next
      error = null
      onChange()
      if (!next.live) closing.abort()
    },
    closing.signal,
  )
  const cache = createLineCache({
    read: async (from, count, signal) => {
      const lines = await api.logs.lines({ ...view, from, count }, { signal })
      error = null
      return lines
    },
    onLines: onChange,
    onError: fail,
  })
  return {
    view,
    cache,
    info: () => info,
    error: () => error,
    close() {
      closing.abort()
      cache.close()
    },
  }
}

/** `follow` tries again and says nothing: the reader should know why nothing comes. */
async function* told(infos: AsyncIterable<LogInfo>, fail: (cause: unknown) => void): AsyncGenerator<LogInfo> {
  try {
    yield* infos
  } catch (cause) {
    fail(cause)
    throw cause
  }
}
