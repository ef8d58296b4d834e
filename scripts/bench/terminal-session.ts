import { createRequire } from 'node:module'
import type { EngineClient } from './engine-client.ts'
import { PROMPT } from './engine-client.ts'

// Its CommonJS hides its names from Node's import.
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as typeof import('@xterm/headless')

const SIZE = { cols: 120, rows: 30 }
/** As the page has it (features/terminal/replayed-stream.ts). */
const WINDOW_BYTES = 256 * 1024

/** xterm without a screen, of the size and scrollback that the page's has. */
export const newXterm = () => new Terminal({ ...SIZE, scrollback: 10_000, allowProposedApi: true })

/** A shell as the page has it: its bytes are parsed by xterm within the page's window. */
export type Session = {
  type(text: string): void
  /** Bytes that xterm has parsed so far. */
  parsed(): number
  /** Resolves once xterm has parsed a chunk that holds this text, which came after the call. */
  shows(text: string): Promise<void>
  close(): Promise<void>
}

/** Opens one, on this machine or on a node, and waits for its first prompt. */
export async function openSession(engine: EngineClient, nodeId?: string): Promise<Session> {
  const on = nodeId ? ({ is: 'node', nodeId } as const) : ({ is: 'place', placeId: 'this-machine' } as const)
  const { id } = await engine.api.terminals.open({ on, size: SIZE })
  const xterm = newXterm()
  let parsed = 0
  let tail = ''
  const waiting = new Map<string, () => void>()
  const stream = engine.openBytes(`terminal:${id}`, {
    offset: null,
    window_bytes: WINDOW_BYTES,
    onPreamble: (bytes) => xterm.write(bytes),
    onData: (bytes, _offset, done) =>
      xterm.write(bytes, () => {
        parsed += bytes.length
        if (waiting.size > 0) {
          const text = tail + Buffer.from(bytes).toString('latin1')
          for (const [wanted, go] of waiting) if (text.includes(wanted)) go()
          tail = text.slice(-64)
        }
        done()
      }),
    onClose: () => {},
  })
  xterm.onData((data) => stream.write(Buffer.from(data)))
  const session: Session = {
    type: (text) => xterm.input(text), // as a key: xterm parses what answers it at once
    parsed: () => parsed,
    shows: (text) =>
      new Promise((resolve) => {
        tail = ''
        waiting.set(text, () => {
          waiting.delete(text)
          resolve()
        })
      }),
    close: async () => {
      stream.close()
      await engine.api.terminals.close({ terminalId: id })
      xterm.dispose()
    },
  }
  await session.shows(PROMPT)
  return session
}
