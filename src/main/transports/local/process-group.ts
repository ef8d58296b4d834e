/** So long after TERM comes KILL. */
const TERM_MS = 2_000
const LOOK_MS = 20

/** Sends a signal to every process of a group; false when there is none left that is ours. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal)
    return true
  } catch {
    return false
  }
}

/** TERM, then KILL after 2 s; resolves once no process of the group is left. */
export async function endGroup(group: number, first: NodeJS.Signals[]): Promise<void> {
  for (const signal of first) if (!signalGroup(group, signal)) return
  const killAt = performance.now() + TERM_MS
  let killed = false
  while (signalGroup(group, 0)) {
    if (!killed && performance.now() >= killAt) {
      killed = true
      signalGroup(group, 'SIGKILL')
    }
    if (performance.now() >= killAt + TERM_MS) return // a process in an uninterruptible wait: the kernel ends it when it can
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** Calls `f` once when one of the signals aborts (at once when one has); returns what stops the listening. */
export function onAnyAbort(signals: AbortSignal[], f: () => void): () => void {
  const stop = () => {
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
  }
  const onAbort = () => {
    stop()
    f()
  }
  for (const signal of signals) signal.addEventListener('abort', onAbort)
  if (signals.some((signal) => signal.aborted)) onAbort()
  return stop
}
