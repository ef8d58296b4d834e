import type { XidError } from '../../shared/machine.ts'
import { pciAddress } from './details.ts'

const DAY_MS = 24 * 3600_000

/**
 * The lines of an `xid` shot of resources/node/sample.sh that was answered at `at` (epoch ms): the kernel log's errors of GPUs, of the
 * last day, oldest first. `uuids`: by PCI address. Pure; never throws.
 */
export function parseXids(lines: readonly string[], at: number, uuids: ReadonlyMap<string, string>): XidError[] {
  const uptime_s = Number(/^uptime (\d+(?:\.\d+)?)$/.exec(lines[0] ?? '')?.[1] ?? Number.NaN)
  return lines.flatMap((line) => {
    // `[ 1234.567890] NVRM: Xid (PCI:0000:02:00): 79, pid=1, name=python3, GPU has fallen off the bus.`, by journalctl with its host.
    const [, since_s, bus, code, text] =
      /^\[ *(\d+\.\d+)\].*NVRM: Xid \((?:PCI:)?([0-9a-f:.]+)\): (\d{1,4}), (.*)$/i.exec(line) ?? []
    const age_ms = (uptime_s - Number(since_s)) * 1000
    if (!(age_ms >= -5000 && age_ms <= DAY_MS)) return []
    const plain = text!.replace(/\bpid='?<?[^,]*,\s*/, '').replace(/\bname=[^,]*,\s*/, '')
    return [
      {
        at: Math.round(at - Math.max(0, age_ms)),
        uuid: uuids.get(pciAddress(bus!) ?? '') ?? null,
        code: Number(code),
        text: plain.slice(0, 300),
      },
    ]
  })
}
