import { join } from 'node:path'
import { errorDataOf } from '../shared/error.ts'
import { serveWeb } from './hosts/web-server.ts'
import { openBrowser } from './open-browser.ts'
import { readServeOptions, USAGE } from './serve-options.ts'
import { startEngine } from './start-engine.ts'

// The web entry: the engine in plain Node, served to a browser on this machine.

/** What ends cleanly takes well under a second; after this it is stuck. */
const END_MS = 10_000

async function main() {
  const options = await readServeOptions(process.argv.slice(2))
  if (!options) return say(USAGE)
  const started = await startEngine(join(import.meta.dirname, '..', '..'), { do: 'link' })
  if (started.is === 'handed-over') {
    say(started.answer.say)
    if (options.open && started.answer.link) openBrowser(started.answer.link)
    return
  }
  const { engine, pages } = started
  const web = await serveWeb(engine, { ...options, pages }).catch(async (error) => {
    await started.close()
    throw error
  })
  started.answerWith(async () => {
    const link = web.link()
    return { say: `Styx runs already: ${link}`, link }
  })
  say(`Styx is served on ${web.link()} (the link works once; Ctrl-C ends Styx)`)
  if (options.open) openBrowser(web.link())

  await Promise.race([engine.quitAsked, signalled()])
  setTimeout(() => process.exit(1), END_MS).unref()
  await web.close()
  await started.close()
  process.exit(0) // a stray socket or timer must not keep it
}

/** Resolves at the first signal that asks for an end; a second one ends at once. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve()
      })
  })
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

main().catch((error) => {
  const { code, what, where, why, suggestion, detail } = errorDataOf(error)
  process.stderr.write(`${[what, where, why, suggestion].filter(Boolean).join('\n  ')}\n`)
  if (code === 'unexpected') process.stderr.write(`${detail}\n`)
  process.exit(code === 'serve.option' ? 2 : 1)
})
