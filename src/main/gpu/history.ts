import type { MachineHistory } from '../../shared/history.ts'

/** What machines did, kept for 30 days. */
export type History = {
  read(span: { machineId: string; from: number; to: number; steps: number }): MachineHistory
}
