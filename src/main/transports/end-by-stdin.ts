import type { Process } from './transport.ts'

/** So long a program may take to end by itself, with what it started, once its stdin has ended. */
const GRACE_MS = 3_000

/**
 * For a script on a node that ends with its stdin and takes what it started with it. `kill` goes to `exec`; `watch` then ends the stdin
 * once the signal aborts, and kills what does not end by that. It answers what must be called at the exit.
 */
export function endByStdin(signal: AbortSignal): { kill: AbortController; watch(process: Pick<Process, 'stdin'>): () => void } {
  const kill = new AbortController()
  return {
    kill,
    watch: ({ stdin }) => {
      let overdue: NodeJS.Timeout | undefined
      const end = () => {
        stdin.end()
        overdue = setTimeout(() => kill.abort(), GRACE_MS)
      }
      signal.addEventListener('abort', end, { once: true })
      if (signal.aborted) end()
      return () => {
        clearTimeout(overdue)
        signal.removeEventListener('abort', end)
      }
    },
  }
}
