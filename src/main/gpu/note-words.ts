import { clockReasonWords } from '../../shared/clock-reasons.ts'
import { explainGpuProblem } from '../../shared/gpu-problem.ts'
import { clockReason } from '../../shared/machine.ts'
import type { Note, NoteKind } from '../../shared/note.ts'
import type { Sign } from './signs.ts'

type Words = Pick<Note, 'level' | 'what' | 'why' | 'wayOut'>

/** What a note says. `signs`: all of its kind that hold. `gpus`: how many the machine has. Pure. */
export function noteWords(kind: NoteKind, signs: readonly Sign[], gpus: number): Words {
  const many = signs.length > 1
  const which = subject(signs, gpus)
  const top = Math.max(...signs.map(({ value }) => (typeof value === 'number' ? value : 0)))
  const [text] = signs.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  switch (kind) {
    case 'idle':
      return {
        level: 'warn',
        what: `${which} idle for more than ${top} min`,
        why: many ? 'They do nothing, and nobody else can use them.' : 'It does nothing, and nobody else can use it.',
        wayOut: 'Give it work, or stop the cluster.',
      }
    case 'hot':
      return {
        level: 'warn',
        what: `${which} ${many ? 'are' : 'is'} hot: ${Math.round(top)} °C`,
        why: 'A hot GPU slows itself down, and wears.',
        wayOut: 'Look at its fans and the air around it, or lower its power cap: sudo nvidia-smi --power-limit.',
      }
    case 'throttled': {
      const reason = clockReason.safeParse(text)
      return {
        level: 'warn',
        what: `${which} ${many ? 'are' : 'is'} slowed down by ${reason.success ? clockReasonWords[reason.data] : 'the hardware'}`,
        why: 'What runs there takes longer, and the others of its job wait for it.',
        wayOut: 'Look at cooling and power supply; the GPUs tab says when it began.',
      }
    }
    case 'ecc':
      return {
        level: 'bad',
        what: `${which} had ${top} memory ${top === 1 ? 'error' : 'errors'} that ECC could not correct`,
        why: 'Since the driver was loaded. What ran then may have been ended, or its numbers may be wrong.',
        wayOut: 'Reset the GPU (sudo nvidia-smi --gpu-reset) or restart the machine. If it comes again, the card is failing.',
      }
    case 'xid':
      return xidWords(text ?? '')
    case 'gpu-lost': {
      const problem = text ?? ''
      const { what, wayOut } = explainGpuProblem(problem)
      const whole = signs.some(({ gpu }) => gpu === null)
      return {
        level: 'bad',
        what: whole ? what : `${which} ${many ? 'do' : 'does'} not answer`,
        why: problem === '' ? 'The others do.' : /^nvidia-smi /.test(problem) ? problem : `nvidia-smi says: ${problem}`,
        wayOut,
      }
    }
    case 'gpu-memory':
      return {
        level: 'warn',
        what: `The memory of ${lowerFirst(which)} is ${Math.floor(top)} % full`,
        why: 'The next allocation there may fail.',
        wayOut: 'Use smaller batches, or end what is not needed there.',
      }
    case 'memory':
      return {
        level: 'warn',
        what: `Memory is ${Math.floor(top)} % full`,
        why: 'When nothing is left, the kernel ends the largest process: most often the job.',
        wayOut: 'Look at what takes it: ps aux --sort=-rss | head',
      }
    case 'disk':
      return {
        level: 'warn',
        what: `The disk is ${Math.floor(top)} % full`,
        why: 'Logs and checkpoints need space: a job that cannot write fails.',
        wayOut: 'Free some: du -xh ~ | sort -h | tail -n 20',
      }
    case 'silent':
      return {
        level: 'bad',
        what: 'The machine does not answer',
        why: text ?? 'No reading came from it.',
        wayOut: 'Look whether the machine is up and can be reached. Styx tries again by itself.',
      }
  }
}

/** "GPU 7", "2 of 8 GPUs", "All 8 GPUs", "Its GPU". */
function subject(signs: readonly Sign[], gpus: number): string {
  if (gpus === 1) return 'Its GPU'
  if (signs.length === gpus) return `All ${gpus} GPUs`
  return signs.length === 1 ? `GPU ${signs[0]!.gpu}` : `${signs.length} of ${gpus} GPUs`
}

const lowerFirst = (text: string) => (/^(All|Its)/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text)

/** Those that a program causes on its own GPU; all others are of the hardware, the driver or the bus. */
const BY_PROGRAMS = new Set([13, 31, 43, 45, 69])

/** `CODE GPU TEXT`, as a sign holds it. */
function xidWords(value: string): Words {
  const [, code = '', gpu = '-', text = ''] = /^(\d+) (\S+) (.*)$/.exec(value) ?? []
  const byProgram = BY_PROGRAMS.has(Number(code))
  return {
    level: byProgram ? 'warn' : 'bad',
    what: `XID ${code} on ${gpu === '-' ? 'a GPU' : `GPU ${gpu}`}: ${text}`,
    why: byProgram
      ? 'Most often a fault of the program that ran there.'
      : 'The driver reports a fault of the GPU, its memory, its link or itself.',
    wayOut: byProgram
      ? 'Look at the log of the job that ran there.'
      : 'Look it up in NVIDIA’s list of XID errors. Restart the machine; if it comes again, the card or its slot is failing.',
  }
}
