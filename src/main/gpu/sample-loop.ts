import type { Readable } from 'node:stream'
import { errorDataOf } from '../../shared/error.ts'
import { endByStdin } from '../transports/end-by-stdin.ts'
import { nodeScript } from '../transports/node-script.ts'
import type { Transport } from '../transports/transport.ts'

/** A longer line is none of ours. */
const LINE_MAX = 64 * 1024

/** Seconds between two shots, and between two looks at what changes slowly. */
export type Pace = { interval_s: number; details_s: number }

export type SampleLoop = {
  setPace(pace: Pace): void
  /** Resolves once the loop has ended, with the reason in plain words. Never rejects. */
  ended: Promise<string>
}

/**
 * Runs resources/node/sample.sh on a machine until the signal aborts or it ends. A loop that says nothing for three intervals is
 * ended. Ending it means ending its stdin: it then takes what it started with it.
 */
export function runSampleLoop(options: {
  transport: () => Transport
  resources: string
  pace: Pace
  onLine: (line: string, at: number) => void
  signal: AbortSignal
}): SampleLoop {
  const { signal } = options
  const { kill, watch } = endByStdin(signal)
  let { pace } = options
  let tell = (_text: string) => {}
  let why: string | null = null
  let silent: NodeJS.Timeout | undefined
  const stillThere = () => {
    clearTimeout(silent)
    silent = setTimeout(
      () => {
        why = 'The machine stopped answering.'
        kill.abort()
      },
      Math.max(10, pace.interval_s * 3) * 1000,
    )
  }

  async function run(): Promise<string> {
    const argv = await nodeScript(options.resources, 'sample')
    signal.throwIfAborted()
    const process = await options.transport().exec(argv, { cwd: '/', signal: kill.signal })
    process.stdin.on('error', () => {}) // shows in its exit
    tell = (text) => process.stdin.write(text)
    tell(said(pace))
    stillThere()
    const exited = watch(process)
    let lastWords = ''
    process.stderr.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('utf8')).slice(-500)
    })
    onLines(process.stdout, (line) => {
      stillThere()
      if (!signal.aborted) options.onLine(line, Date.now())
    })
    const exit = await process.exit
    exited()
    return why ?? (lastWords.trim() || `It ended with ${exit.signal ?? `exit code ${exit.code}`}.`)
  }

  const ended = run()
    .catch((error: unknown) => {
      const data = errorDataOf(error)
      return [data.what, data.why].filter(Boolean).join(': ')
    })
    .finally(() => clearTimeout(silent))
  return {
    setPace: (next) => {
      pace = next
      tell(said(pace))
    },
    ended,
  }
}

const said = ({ interval_s, details_s }: Pace) => `${interval_s} ${details_s}\n`

function onLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('error', () => {})
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_MAX) rest = ''
    for (const line of lines) onLine(line)
  })
}
