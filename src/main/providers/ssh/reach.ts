import { StyxError } from '../../../shared/error.ts'
import type { Link, Transport } from '../../transports/transport.ts'

/**
 * Waits until a machine is connected: as long as it takes the user to answer what it asks. It is tried anew, also where it had waited for
 * the user.
 * @throws StyxError why it cannot be reached, or the signal's reason
 */
export function reach(transport: Transport, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    transport.wake()
    const stop = new AbortController()
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', leave)
      stop.abort()
      settle()
    }
    const leave = () => end(() => reject(signal.reason))
    signal.addEventListener('abort', leave, { once: true })
    // How it stood before is told first: that is no answer to this try.
    let begun = false
    let now: Link = { is: 'idle' }
    const tell = (link: Link) => {
      now = link
      if (!begun) return
      if (link.is === 'open') end(resolve)
      if (link.is === 'lost' || link.is === 'needs-you') end(() => reject(new StyxError(link.error)))
    }
    transport.watch(tell, stop.signal)
    begun = true
    tell(now)
  })
}
