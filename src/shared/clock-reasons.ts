import type { ClockReason } from './machine.ts'

/** Why a GPU's clocks are below their most: "slowed down by …". */
export const clockReasonWords: Record<ClockReason, string> = {
  idle: 'nothing to do',
  'application-clocks': 'clocks set by hand',
  'power-cap': 'its power cap',
  'hardware-slowdown': 'heat or power (hardware)',
  'sync-boost': 'the GPUs it is synchronised with',
  heat: 'heat',
  'hardware-heat': 'heat (hardware)',
  'power-brake': 'the power supply',
  'display-clocks': 'the display',
}
