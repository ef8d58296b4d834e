import { explainGpuProblem } from '../../shared/gpu-problem.ts'
import type { MachineFacts } from '../../shared/machine.ts'
import { memoryWords } from '../../shared/memory-words.ts'
import type { Finding } from '../../shared/place.ts'
import type { MachineReport } from '../gpu/facts.ts'
import { DISK_LEAST_MiB } from './node-folder.ts'

/** A `blocking` finding is one that no cluster can be launched with. */
export type Found = Finding & { blocking?: true }

/** As the screen gets them. */
export const plainFindings = (found: Found[]): Finding[] => found.map(({ blocking: _, ...finding }) => finding)

/** What a report means for the user, in the order of the screen. Pure. */
export function findingsOf(report: MachineReport): Found[] {
  return [system(report), cpu(report.facts), memory(report.facts), disk(report), gpu(report), python(report), ...trouble(report)]
}

const ok = (what: string, why = ''): Found => ({ level: 'ok', what, why, wayOut: '', command: '' })

function system({ facts }: MachineReport): Found {
  const what = [facts.os, facts.arch].filter(Boolean).join(', ')
  if (facts.platform === 'linux') return ok(what)
  if (facts.platform === 'darwin') {
    const why =
      'On macOS clusters and terminals work; there is no CUDA, processor use is one number for all cores, temperature is unknown.'
    return { level: 'note', what, why, wayOut: '', command: '' }
  }
  const why = 'Styx knows Linux and macOS. Much will work here, but nobody has tried it.'
  return { level: 'note', what, why, wayOut: '', command: '' }
}

function cpu({ cpu, cores }: MachineFacts): Found {
  if (cores === null) return { ...ok(cpu ?? 'Processor unknown', 'How many cores it has could not be read.'), level: 'note' }
  return ok(`${cpu ?? 'Processor'}, ${cores} ${cores === 1 ? 'core' : 'cores'}`)
}

function memory({ memory_MiB }: MachineFacts): Found {
  if (memory_MiB === null) return { ...ok('Memory unknown', 'How much memory it has could not be read.'), level: 'note' }
  return ok(`${memoryWords(memory_MiB)} memory`)
}

function disk({ facts: { diskFree_MiB, diskTotal_MiB } }: MachineReport): Found {
  if (diskFree_MiB === null || diskTotal_MiB === null) {
    return { ...ok('Disk unknown', 'The space in the home folder could not be read.'), level: 'note' }
  }
  const what = `${memoryWords(diskFree_MiB)} free in the home folder`
  const full = { wayOut: 'Free some space.', command: 'du -xh ~ | sort -h | tail -n 20' }
  if (diskFree_MiB < DISK_LEAST_MiB) {
    return { level: 'problem', what, why: 'The disk is full: nothing can be written.', ...full, blocking: true }
  }
  const scarce = diskFree_MiB < 5 * 1024 || diskFree_MiB < diskTotal_MiB * 0.05
  return scarce ? { level: 'note', what, why: 'The disk is nearly full. Logs and checkpoints need space.', ...full } : ok(what)
}

function gpu({ facts, nvidiaSmi, nvidiaDevices }: MachineReport): Found {
  const { gpus, gpuProblem } = facts
  if (gpuProblem !== null) {
    const { what, wayOut, command } = explainGpuProblem(gpuProblem)
    const rest = gpus.length > 0 ? ` ${gpus.length} ${gpus.length === 1 ? 'GPU answers' : 'GPUs answer'}.` : ''
    return { level: 'problem', what, why: `nvidia-smi says: ${gpuProblem}${rest}`, wayOut, command }
  }
  if (gpus.length > 0) return ok(gpuNames(facts))
  if ((nvidiaDevices ?? 0) > 0) {
    return {
      level: 'missing',
      what: nvidiaSmi ? 'The NVIDIA driver does not see the GPU that is built in' : 'There is an NVIDIA GPU, but no driver',
      why: nvidiaSmi ? 'nvidia-smi finds no devices.' : 'nvidia-smi, which comes with the driver, is not installed.',
      wayOut:
        'Install the NVIDIA driver for it and restart the machine: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/',
      command: '',
    }
  }
  return {
    level: 'note',
    what: 'No NVIDIA GPU here.',
    why: nvidiaSmi ? 'nvidia-smi finds no devices.' : 'nvidia-smi is not installed.',
    wayOut: 'Clusters here work with the processor. If there is a GPU, install the NVIDIA driver and check again.',
    command: '',
  }
}

/** "8 × NVIDIA H100 80GB HBM3, 79.6 GiB each", kinds separated by a plus. */
export function gpuNames({ gpus }: MachineFacts): string {
  const kinds = new Map<string, number>()
  for (const { name, memory_MiB } of gpus) {
    const kind = memory_MiB === null ? name : `${name}, ${memoryWords(memory_MiB)} each`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return [...kinds].map(([kind, count]) => (count === 1 ? kind.replace(/ each$/, '') : `${count} × ${kind}`)).join(' + ')
}

function python({ facts, complete, packageManager, root }: MachineReport): Found {
  if (facts.python !== null) return ok(`Python ${facts.python}`)
  if (!complete) return { ...ok('Python unknown', 'The probe was ended before it could look.'), level: 'note' }
  const install = packageManager === null ? undefined : INSTALL_PYTHON[packageManager]
  return {
    level: 'missing',
    what: 'No Python 3',
    why: 'Most training code needs it. Launching here and terminals do not.',
    wayOut: install ? 'Install it and check again.' : 'Install Python 3 and check again.',
    command: install
      ? root || packageManager === 'brew'
        ? install
        : `sudo ${install}`
      : facts.platform === 'darwin'
        ? 'xcode-select --install'
        : '',
  }
}

const INSTALL_PYTHON: Record<string, string> = {
  'apt-get': 'apt-get install -y python3 python3-venv',
  dnf: 'dnf install -y python3',
  yum: 'yum install -y python3',
  zypper: 'zypper install -y python3',
  pacman: 'pacman -S --noconfirm python',
  apk: 'apk add python3',
  brew: 'brew install python3',
}

function trouble({ complete, home }: MachineReport): Found[] {
  const found: Found[] = []
  if (home === null) {
    const why = 'The variable HOME is not set, so there is no place for a cluster’s folder.'
    found.push({
      level: 'problem',
      what: 'No home folder',
      why,
      wayOut: 'Take a user with a home folder.',
      command: '',
      blocking: true,
    })
  }
  if (!complete) {
    const why = 'Something on this machine hangs: often nvidia-smi, or a home folder on a file server that is gone.'
    found.push({ level: 'note', what: 'Not everything could be looked at', why, wayOut: 'Check again.', command: '' })
  }
  return found
}
