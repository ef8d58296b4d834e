/** nvidia-smi's own words in plain ones, with the way out. The raw text stays beside them. */
export function explainGpuProblem(problem: string): { what: string; wayOut: string; command: string } {
  const known = EXPLAINED.find(({ when }) => when.test(problem))
  return (
    known ?? {
      what: 'nvidia-smi does not answer properly',
      wayOut: 'Run nvidia-smi on the machine and follow what it says.',
      command: '',
    }
  )
}

const EXPLAINED = [
  {
    when: /Driver\/library version mismatch/i,
    what: 'The NVIDIA driver was updated while the old one was loaded',
    wayOut: 'Restart the machine, so that the new driver is loaded.',
    command: 'sudo reboot',
  },
  {
    when: /couldn't communicate with the NVIDIA driver/i,
    what: 'The NVIDIA driver is not running',
    wayOut:
      'Load it; if that is refused, install the driver for the running kernel again (with Secure Boot its module must be signed).',
    command: 'sudo modprobe nvidia',
  },
  {
    when: /Unable to determine the device handle|GPU is lost|fallen off the bus/i,
    what: 'A GPU has dropped off the bus',
    wayOut: 'Restart the machine. If it happens again, look for XID errors in the kernel log: power, heat or a broken card.',
    command: 'sudo dmesg | grep -i xid',
  },
  {
    when: /requires reset/i,
    what: 'A GPU needs a reset',
    wayOut: 'End what runs on it, then reset it or restart the machine.',
    command: 'sudo nvidia-smi --gpu-reset',
  },
  {
    when: /Insufficient Permissions/i,
    what: 'This user may not ask the NVIDIA driver',
    wayOut: 'Give the user access to /dev/nvidia* (often by the group video or render).',
    command: 'sudo usermod -aG video,render "$USER"',
  },
  {
    when: /not a valid field/i,
    what: 'This nvidia-smi is too old to be asked by Styx',
    wayOut: 'Update the NVIDIA driver.',
    command: '',
  },
  {
    when: /(did|has) not answer|was killed/i,
    what: 'nvidia-smi hangs',
    wayOut: 'The driver or a GPU is stuck. Look at the kernel log; often only a restart helps.',
    command: 'sudo dmesg | grep -i -e nvrm -e xid',
  },
]
