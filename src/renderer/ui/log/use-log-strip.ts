import type { RefObject } from 'react'
import type { LogInfo, LogView } from '../../../shared/log.ts'
import type { StripRow } from './log-strip.tsx'

export function useLogStrip(_view: LogView, _info: LogInfo | null, _box: RefObject<HTMLElement | null>): StripRow[] | null {
  return null
}
