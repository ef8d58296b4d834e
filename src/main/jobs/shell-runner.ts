import { nodeGone } from '../files/sync.ts'
import { endByStdin } from '../transports/end-by-stdin.ts'
import { lastWords } from '../transports/node-answer.ts'
import { nodeScript } from '../transports/node-script.ts'
import { askJobScript, refused, startJobScript } from './job-folder.ts'
import { packFiles } from './job-script.ts'
import { readJournal } from './journal.ts'
import type { Runner } from './runner.ts'

const ANSWER_MS = 30_000
/** A month of seconds is 2.6 million lines: more is not worth its memory, and is stamped with the last second that is known. */
const TIMES_MAX_BYTES = 64 * 1024 * 1024

/** Jobs by resources/node/job.sh alone: the node queues and runs them itself, with or without us. */
export function createShellRunner(resources: string): Runner {
  return {
    submit: async (node, jobId, files, signal) => {
      const [, , wrapper] = await nodeScript(resources, 'job')
      const stdin = packFiles({ 'job.sh': wrapper as string, ...files })
      const said = await askJobScript(resources, node, 'submit', [jobId], { stdin, timeout_ms: ANSWER_MS, signal })
      const [word] = /^(starts|waits|known)$/m.exec(said) ?? []
      if (!word) throw refused('submit', said, '')
      return word === 'starts' ? 'begins' : 'waits'
    },

    observe: async function* (node, offset, jobIds, signal) {
      const { kill, watch } = endByStdin(signal)
      const child = await startJobScript(resources, node, 'attend', [offset, ...jobIds], kill.signal)
      const done = watch(child)
      const said = lastWords(child.stderr)
      try {
        let begun = false
        for await (const news of readJournal(child.stdout)) {
          begun = true
          yield news
        }
        const exit = await child.exit
        if (!signal.aborted && exit.code === 3) throw nodeGone()
        if (!signal.aborted && !begun) throw refused('attend', said(), exit.code ?? exit.signal ?? '')
      } finally {
        child.stdin.end()
        child.stdout.destroy()
        child.exit.finally(done)
      }
    },

    follow: async (node, jobId, rank, from, signal) => {
      const { kill, watch } = endByStdin(signal)
      const child = await startJobScript(resources, node, 'log', [jobId, rank, from.out, from.err], kill.signal)
      const done = watch(child)
      const ended = child.exit.then(({ code }) => {
        done()
        return code === 3 ? ('gone' as const) : ('ended' as const)
      })
      return { out: behindLine(child.stdout), err: behindLine(child.stderr), ended, close: () => void child.stdin.end() }
    },

    times: async (node, jobId, from, signal) => {
      const child = await startJobScript(resources, node, 'when', [jobId, from.out, from.err], signal)
      child.stdin.end()
      child.stderr.resume()
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes <= TIMES_MAX_BYTES) chunks.push(chunk)
      }
      return Buffer.concat(chunks).toString('latin1')
    },

    cancel: async (node, jobId, rank, signal) => {
      await askJobScript(resources, node, 'cancel', [jobId, rank], { timeout_ms: ANSWER_MS, signal })
    },

    remove: async (node, jobId, signal) => {
      await askJobScript(resources, node, 'remove', [jobId], { timeout_ms: ANSWER_MS, signal })
    },
  }
}

/** What comes behind the line `follows`: what is before it is of whoever let us in. */
async function* behindLine(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let before: Buffer | null = Buffer.alloc(0)
  for await (const chunk of stream) {
    if (before === null) {
      yield chunk
      continue
    }
    before = Buffer.concat([before, chunk])
    const at = before.indexOf(FOLLOWS)
    if (at < 0) continue
    const rest = before.subarray(at + FOLLOWS.length)
    before = null
    if (rest.length > 0) yield rest
  }
}
const FOLLOWS = 'follows\n'
