import type { LogLine } from '../../../shared/log.ts'

const PAGE = 256
/** Side by side: one may be slow, and more would only wait in the engine. */
const CALLS = 2
/** How much is kept of what is out of sight: some 16,000 lines, or less when they are long. */
const PAGES_KEPT = 64
const CHARS_KEPT = 16 * 1024 * 1024
const RETRY_MS = 1000

type Page = { first: number; lines: LogLine[]; chars: number }

/** How much there is: lines are numbered from 0, and those before `first` are no longer kept. */
export type Extent = { first: number; count: number }

/** Some of the lines of a log, those looked at last. A line never changes, so what is here is true for ever. */
export type LineCache = {
  /** Undefined: not read yet. */
  line(n: number): LogLine | undefined
  /** Reads what is missing of `from`…`to` (exclusive). What was asked for before and is not wanted now is not read any more. */
  want(from: number, to: number, extent: Extent): void
  /** Are all of them here? */
  has(from: number, to: number): boolean
  close(): void
}

type Options = {
  read(from: number, count: number, signal: AbortSignal): Promise<LogLine[]>
  /** Something came. */
  onLines(): void
  onError(error: unknown): void
}

export function createLineCache({ read, onLines, onError }: Options): LineCache {
  const closing = new AbortController()
  // In the order in which they were used last.
  const pages = new Map<number, Page>()
  const calling = new Set<number>()
  let wanted: { from: number; to: number; extent: Extent } = { from: 0, to: 0, extent: { first: 0, count: 0 } }
  let retry: ReturnType<typeof setTimeout> | null = null

  const line = (n: number) => {
    const page = pages.get(Math.floor(n / PAGE))
    return page?.lines[n - page.first]
  }

  /** The first line of the page that is missing; null: none. */
  function missing(number: number): number | null {
    const { first, count } = wanted.extent
    const from = Math.max(number * PAGE, first)
    const page = pages.get(number)
    const next = page ? page.first + page.lines.length : from
    return next < Math.min((number + 1) * PAGE, count) ? next : null
  }

  function readOn() {
    if (retry !== null || closing.signal.aborted) return
    for (let number = Math.floor(wanted.from / PAGE); number * PAGE < wanted.to; number++) {
      if (calling.size >= CALLS) return
      const from = missing(number)
      if (from === null || calling.has(number)) continue
      calling.add(number)
      void readPage(number, from).finally(() => {
        calling.delete(number)
        readOn()
      })
    }
  }

  async function readPage(number: number, from: number) {
    const count = Math.min((number + 1) * PAGE, wanted.extent.count) - from
    try {
      const lines = await read(from, count, closing.signal)
      if (closing.signal.aborted) return
      // No line where one should be: the log was cut meanwhile, which the next extent says.
      if (lines[0]?.n !== from) return pause()
      const page = pages.get(number) ?? { first: from, lines: [], chars: 0 }
      page.lines = [...page.lines, ...lines]
      page.chars += lines.reduce((sum, { text }) => sum + text.length, 0)
      pages.delete(number)
      pages.set(number, page)
      drop()
      onLines()
    } catch (error) {
      if (closing.signal.aborted) return
      onError(error)
      pause()
    }
  }

  function pause() {
    retry ??= setTimeout(() => {
      retry = null
      readOn()
    }, RETRY_MS)
  }

  function drop() {
    let chars = 0
    for (const page of pages.values()) chars += page.chars
    for (const [number, page] of pages) {
      if (pages.size <= PAGES_KEPT && chars <= CHARS_KEPT) return
      if (number >= Math.floor(wanted.from / PAGE) && number * PAGE < wanted.to) continue
      pages.delete(number)
      chars -= page.chars
    }
  }

  return {
    line,
    want(from, to, extent) {
      wanted = { from: Math.max(from, extent.first), to: Math.min(to, extent.count), extent }
      for (let number = Math.floor(wanted.from / PAGE); number * PAGE < wanted.to; number++) {
        const page = pages.get(number)
        if (!page) continue
        pages.delete(number)
        pages.set(number, page)
      }
      readOn()
    },
    has(from, to) {
      for (let n = from; n < to; n++) if (line(n) === undefined) return false
      return true
    },
    close() {
      closing.abort()
      if (retry !== null) clearTimeout(retry)
    },
  }
}
