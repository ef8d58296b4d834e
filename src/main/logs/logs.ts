import type { LogInfo, LogLine, LogQuery, LogSearch, LogView } from '../../shared/log.ts'

/** Reads logs as the screen asks for them, by line. */
export type Logs = {
  info(view: LogView): Promise<LogInfo>
  lines(view: LogView, from: number, count: number, signal: AbortSignal): Promise<LogLine[]>
  follow(view: LogView, signal: AbortSignal): AsyncGenerator<LogInfo>
  lineAt(view: LogView, at: number): Promise<number | null>
  search(view: LogView, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogSearch>
}
