import * as z from 'zod'

/** A GPU as it is built in; what changes each second is in {@link machineSample}. */
export const gpuFacts = z.object({
  uuid: z.string(),
  name: z.string(),
  memory_MiB: z.number().nullable(),
})
export type GpuFacts = z.infer<typeof gpuFacts>

/** What a machine is made of, as it was observed. `null` is "could not be read", never "none". */
export const machineFacts = z.object({
  /** The same for every cluster on this machine, so that nothing is counted twice. */
  machineId: z.string(),
  hostname: z.string(),
  /** E.g. "Debian GNU/Linux 12 (bookworm)". */
  os: z.string(),
  platform: z.enum(['linux', 'darwin', 'win32', 'other']),
  arch: z.string(),
  cpu: z.string().nullable(),
  cores: z.number().int().nullable(),
  memory_MiB: z.number().nullable(),
  /** The file system that holds the home folder. */
  diskTotal_MiB: z.number().nullable(),
  diskFree_MiB: z.number().nullable(),
  /** In the order of nvidia-smi. Empty: nvidia-smi answered that there is none, or there is no nvidia-smi. */
  gpus: z.array(gpuFacts),
  /** Why GPUs could not be read, in nvidia-smi's own words; null when it answered or is not installed. */
  gpuProblem: z.string().nullable(),
  /** E.g. "3.11.2"; null when there is no python3 on the PATH. */
  python: z.string().nullable(),
})
export type MachineFacts = z.infer<typeof machineFacts>

const reading = z.number().nullable()

/** One machine at one moment. Columns instead of a record per GPU: 6,400 GPUs a second stay small. `null` is unknown. */
export const machineSample = z.object({
  machineId: z.string(),
  /** Epoch ms, the engine's clock. */
  at: z.number(),
  /** 0–100 for each core; macOS tells one number for all of them. Empty until two readings were taken. */
  cores_percent: z.array(reading),
  memoryUsed_MiB: reading,
  memoryTotal_MiB: reading,
  swapUsed_MiB: reading,
  /** 0: it has none. */
  swapTotal_MiB: reading,
  /** Of the file system that holds the home folder. */
  diskUsed_MiB: reading,
  /** What can still be written there: with a quota or a reserve less than the size suggests. */
  diskFree_MiB: reading,
  /** Bytes a second over all interfaces but loopback, and those that carry the same bytes again (bridges, a container's outer end). */
  down_Bps: reading,
  up_Bps: reading,
  /** The hottest CPU sensor, where the machine has one. */
  temperature_C: reading,
  /** A column for each reading, in the order of the machine's `gpus`. Null: no nvidia-smi. */
  gpus: z
    .object({
      use_percent: z.array(reading),
      memoryUsed_MiB: z.array(reading),
      temperature_C: z.array(reading),
      power_W: z.array(reading),
    })
    .nullable(),
  /** What nvidia-smi said instead of numbers. */
  gpuProblem: z.string().nullable(),
  /** Why nothing at all could be read; null when the machine answered. */
  problem: z.string().nullable(),
})
export type MachineSample = z.infer<typeof machineSample>

/** What keeps a GPU's clocks below their most, of NVML's clocks event reasons. */
export const clockReason = z.enum([
  'idle',
  'application-clocks',
  'power-cap',
  'hardware-slowdown',
  'sync-boost',
  'heat',
  'hardware-heat',
  'power-brake',
  'display-clocks',
])
export type ClockReason = z.infer<typeof clockReason>

export const gpuProcess = z.object({
  pid: z.number().int(),
  user: z.string().nullable(),
  command: z.string().nullable(),
  memory_MiB: reading,
})
export type GpuProcess = z.infer<typeof gpuProcess>

export const gpuDetails = z.object({
  uuid: z.string(),
  powerCap_W: reading,
  smClock_MHz: reading,
  smClockMost_MHz: reading,
  memoryClock_MHz: reading,
  memoryClockMost_MHz: reading,
  /** Memory errors since the driver was loaded; null where the GPU has no ECC, or it is off. */
  eccCorrected: reading,
  eccUncorrected: reading,
  /** Null: the driver does not tell. */
  clockReasons: z.array(clockReason).nullable(),
  /** Its MIG instances by profile, e.g. "3g.40gb"; null where it is not cut up. */
  mig: z.array(z.string()).nullable(),
  /** What computes on it, those on its MIG instances too. Null: unknown. */
  processes: z.array(gpuProcess).nullable(),
})
export type GpuDetails = z.infer<typeof gpuDetails>

/** An error of a GPU that the NVIDIA driver wrote into the kernel log. */
export const xidError = z.object({
  /** Epoch ms, the engine's clock. */
  at: z.number(),
  /** Null: a GPU that nvidia-smi does not list (any more). */
  uuid: z.string().nullable(),
  /** E.g. 79: fallen off the bus. */
  code: z.number().int(),
  text: z.string(),
})
export type XidError = z.infer<typeof xidError>

/** What is not worth a reading each second. Asked for every few seconds while somebody looks at it, once a minute otherwise. */
export const machineDetails = z.object({
  machineId: z.string(),
  at: z.number(),
  /** By UUID, those that answered. */
  gpus: z.array(gpuDetails),
  /** Of the last day, oldest first. Null: the kernel log may not be read there without root. */
  xids: z.array(xidError).nullable(),
})
export type MachineDetails = z.infer<typeof machineDetails>
