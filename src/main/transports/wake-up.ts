import { networkInterfaces } from 'node:os'

const LOOK_MS = 5_000
/** A timer so late was asleep with the machine. */
const SLEPT_MS = 15_000

/** Calls back after this machine slept, and when its addresses change (another network, a VPN), until the signal aborts. */
export function onWakeUp(tell: () => void, signal: AbortSignal, addresses: () => string = addressesNow): void {
  let at = Date.now()
  let before = addresses()
  const timer = setInterval(() => {
    const now = Date.now()
    const after = addresses()
    if (now - at > SLEPT_MS || after !== before) tell()
    at = now
    before = after
  }, LOOK_MS)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}

const addressesNow = () =>
  Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .map(({ address }) => address)
    .sort()
    .join()
