import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GpuDetails, MachineDetails, MachineSample } from '../../shared/machine.ts'
import { note as noteSchema } from '../../shared/note.ts'
import { noteSettings } from '../../shared/settings.ts'
import { type NoteMemory, notesOf } from './notes.ts'
import { type Seen, signsOf } from './signs.ts'

const DEFAULTS = noteSettings.parse({})
const GPUS = ['a', 'b'].map((uuid) => ({ uuid, memory_MiB: 1000 }))
const WELL = { use_percent: [90, 90], memoryUsed_MiB: [500, 500], temperature_C: [60, 60], power_W: [300, 300] }

const sampleAt = (at: number, more: Partial<MachineSample> = {}): MachineSample => ({
  machineId: 'm',
  at,
  cores_percent: [5],
  memoryUsed_MiB: 10,
  memoryTotal_MiB: 100,
  swapUsed_MiB: 0,
  swapTotal_MiB: 0,
  diskUsed_MiB: 10,
  diskFree_MiB: 90,
  down_Bps: 0,
  up_Bps: 0,
  temperature_C: null,
  gpus: WELL,
  gpuProblem: null,
  problem: null,
  ...more,
})
const gpu = (uuid: string, more: Partial<GpuDetails> = {}): GpuDetails => ({
  uuid,
  powerCap_W: 700,
  smClock_MHz: 1000,
  smClockMost_MHz: 2000,
  memoryClock_MHz: 1,
  memoryClockMost_MHz: 1,
  eccCorrected: 0,
  eccUncorrected: 0,
  clockReasons: [],
  mig: null,
  processes: [],
  ...more,
})
const detailsAt = (at: number, more: Partial<MachineDetails> = {}): MachineDetails => ({
  machineId: 'm',
  at,
  gpus: [gpu('a'), gpu('b')],
  xids: [],
  ...more,
})

/** A machine that is looked at every 5 s: what it shows until then, and the notes that stand at its end. */
function machine(settings: Partial<typeof DEFAULTS> = {}) {
  let memory: NoteMemory = new Map()
  let at = 0
  const look = (seconds: number, shows: (at: number) => Partial<Seen>) => {
    let notes = notesOf('m', GPUS.length, memory, [], at).notes
    for (const end = at + seconds * 1000; at < end; at += 5000) {
      const seen: Seen = { at, sample: sampleAt(at), details: detailsAt(at), gpus: GPUS, ready: true, ...shows(at) }
      const found = notesOf('m', GPUS.length, memory, signsOf(seen, { ...DEFAULTS, ...settings }), at)
      memory = found.memory
      notes = found.notes
      for (const one of notes) noteSchema.parse(one)
    }
    return notes.map(({ kind, what }) => `${kind}: ${what}`)
  }
  return { look, sleep: (seconds: number) => (at += seconds * 1000) }
}
const shows = (more: Partial<MachineSample>) => (at: number) => ({ sample: sampleAt(at, more) })
const tells = (more: Partial<MachineDetails>) => (at: number) => ({ details: detailsAt(at, more) })
const gpus = (more: Partial<NonNullable<MachineSample['gpus']>>) => shows({ gpus: { ...WELL, ...more } })

test('a machine that is well has no notes', () => {
  expect(machine().look(7200, () => ({}))).toEqual([])
})

test('idle: each GPU for itself, after the time, only where a cluster is ready', () => {
  const one = machine({ idle_min: 10 })
  expect(one.look(595, gpus({ use_percent: [0, 90] }))).toEqual([])
  expect(one.look(15, gpus({ use_percent: [2, 90] }))).toEqual(['idle: GPU 0 idle for more than 10 min'])
  expect(one.look(30, gpus({ use_percent: [50, 90] }))).toEqual([]) // it goes by itself
  const turns = machine({ idle_min: 10 })
  expect(turns.look(3600, (at) => gpus({ use_percent: at % 600_000 < 300_000 ? [0, 90] : [90, 0] })(at))).toEqual([])
  const both = machine({ idle_min: 10 })
  expect(both.look(700, gpus({ use_percent: [0, 0] }))).toEqual(['idle: All 2 GPUs idle for more than 10 min'])
  expect(both.look(5, (at) => ({ ...gpus({ use_percent: [0, 0] })(at), ready: false }))).toEqual([])
})

test('a threshold has a margin: a note neither comes nor goes by a flicker', () => {
  const one = machine()
  expect(one.look(25, gpus({ temperature_C: [91, 60] }))).toEqual([])
  expect(one.look(10, gpus({ temperature_C: [60, 60] }))).toEqual([])
  expect(one.look(25, gpus({ temperature_C: [91, 60] }))).toEqual([])
  expect(one.look(20, gpus({ temperature_C: [91, 60] }))).toEqual(['hot: GPU 0 is hot: 91 °C'])
  expect(one.look(300, gpus({ temperature_C: [85, 60] }))).toEqual(['hot: GPU 0 is hot: 91 °C']) // within the margin
  expect(one.look(10, gpus({ temperature_C: [70, 60] }))).toHaveLength(1)
  expect(one.look(10, gpus({ temperature_C: [89, 60] }))).toHaveLength(1)
  expect(one.look(30, gpus({ temperature_C: [70, 60] }))).toEqual([])
})

test('what is unknown neither begins nor ends anything', () => {
  const one = machine()
  one.look(60, gpus({ temperature_C: [91, 60] }))
  expect(one.look(600, gpus({ temperature_C: [null, null] }))).toHaveLength(1)
  expect(machine().look(600, gpus({ temperature_C: [null, null] }))).toEqual([])
})

test('a gap in the looking is no time: a laptop that slept has no GPUs idle since yesterday', () => {
  const one = machine({ idle_min: 10 })
  one.look(60, gpus({ use_percent: [0, 0] }))
  one.sleep(8 * 3600)
  expect(one.look(540, gpus({ use_percent: [0, 0] }))).toEqual([])
})

test('throttling by heat or power, not by the cap that is set', () => {
  const slowed = tells({ gpus: [gpu('a', { clockReasons: ['power-cap'] }), gpu('b', { clockReasons: ['heat', 'power-cap'] })] })
  expect(machine().look(90, slowed)).toEqual(['throttled: GPU 1 is slowed down by heat'])
  expect(machine().look(90, tells({ gpus: [gpu('a', { clockReasons: null })] }))).toEqual([])
})

test('ECC, XID and a lost GPU', () => {
  expect(machine().look(5, tells({ gpus: [gpu('a'), gpu('b', { eccUncorrected: 2 })] }))).toEqual([
    'ecc: GPU 1 had 2 memory errors that ECC could not correct',
  ])
  const fault = { at: 0, uuid: 'b', code: 79, text: 'GPU has fallen off the bus.' }
  const one = machine({ xid_min: 10 })
  expect(one.look(590, tells({ xids: [fault] }))).toEqual(['xid: XID 79 on GPU 1: GPU has fallen off the bus.'])
  expect(one.look(60, tells({ xids: [fault] }))).toEqual([]) // it is old by then
  expect(machine().look(60, tells({ xids: null }))).toEqual([])
  const lost = gpus({ use_percent: [90, null], memoryUsed_MiB: [1, null], temperature_C: [60, null], power_W: [1, null] })
  expect(machine().look(60, lost)).toEqual(['gpu-lost: GPU 1 does not answer'])
  const none = { use_percent: [null, null], memoryUsed_MiB: [null, null], temperature_C: [null, null], power_W: [null, null] }
  expect(machine().look(60, shows({ gpus: none, gpuProblem: 'nvidia-smi has not answered for 35 s.' }))).toEqual([
    'gpu-lost: nvidia-smi hangs',
  ])
  expect(machine().look(60, shows({ gpus: none }))).toEqual([]) // the first answer is on its way
  expect(machine().look(60, gpus({ use_percent: [null, 90] }))).toEqual([]) // MIG tells no use
})

test('memory, disk and GPU memory nearly full; GPU memory is off by default', () => {
  expect(machine().look(90, shows({ memoryUsed_MiB: 96, diskUsed_MiB: 99, diskFree_MiB: 1 }))).toEqual([
    'memory: Memory is 96 % full',
    'disk: The disk is 99 % full',
  ])
  const full = gpus({ memoryUsed_MiB: [999, 10] })
  expect(machine().look(90, full)).toEqual([])
  expect(machine({ gpuMemory_percent: 98 }).look(90, full)).toEqual(['gpu-memory: The memory of GPU 0 is 99 % full'])
})

test('a machine that does not answer, or whose samples stay away', () => {
  expect(machine().look(90, shows({ problem: 'It ended with SIGKILL.' }))).toEqual(['silent: The machine does not answer'])
  const one = machine()
  one.look(10, () => ({}))
  expect(one.look(120, () => ({ sample: sampleAt(5000) }))).toEqual(['silent: The machine does not answer'])
  expect(one.look(30, () => ({}))).toEqual([])
})

test('what is switched off is not told, and goes at once', () => {
  const off = Object.fromEntries(Object.keys(DEFAULTS).map((key) => [key, null])) as typeof DEFAULTS
  const bad = () => ({
    sample: sampleAt(0, { problem: 'x', memoryUsed_MiB: 100 }),
    details: detailsAt(0, { gpus: [gpu('a', { eccUncorrected: 9, clockReasons: ['heat'] })] }),
  })
  expect(machine(off).look(7200, bad)).toEqual([])
})

test('property: at most one note of a kind, whatever the readings', () => {
  const column = fc.array(fc.option(fc.integer({ min: -5, max: 200 })), { minLength: 2, maxLength: 2 })
  const kinds = fc.record({ use_percent: column, memoryUsed_MiB: column, temperature_C: column, power_W: column })
  fc.assert(
    fc.property(fc.array(fc.option(kinds), { minLength: 1, maxLength: 40 }), (all) => {
      const one = machine({ idle_min: 1 })
      for (const gpus of all) {
        const told = one.look(30, shows({ gpus, gpuProblem: gpus ? null : 'No' })).map((text) => text.split(':')[0])
        expect(new Set(told).size).toBe(told.length)
      }
    }),
    { numRuns: 50 },
  )
})
