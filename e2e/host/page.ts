import { checks, runCheck } from '../../src/main/hosts/conformance.ts'
import { connectElectron } from '../../src/renderer/rpc/connect-electron.ts'

// The conformance suite inside a real, sandboxed page.

/** Runs the check of this name; "" when it passed, else what failed. */
async function runInPage(name: string): Promise<string> {
  const check = checks.find((one) => one.name === name)
  if (!check) return `no such check: ${name}`
  try {
    await runCheck(check, connectElectron)
    return ''
  } catch (error) {
    return String(error)
  }
}

/** Opens a stream and a reader and stays; the page is then taken away under them. */
function openAndStay(): Promise<void> {
  return new Promise((opened, failed) => {
    const run: (typeof checks)[number]['run'] = async (connect) => {
      const { api, bytes } = await connect()
      await (await api.count({ to: 1, stay: true })).next()
      await bytes.open('silent', null).next()
      opened()
      await new Promise(() => {})
    }
    runCheck({ name: 'stay', run }, connectElectron).catch(failed)
  })
}

/** What the engine sees of its clients now. */
async function seen() {
  let facts = { streams: -1, readers: -1 }
  const run: (typeof checks)[number]['run'] = async (connect) => {
    const { streams, readers } = await (await connect()).api.facts()
    facts = { streams, readers }
  }
  await runCheck({ name: 'seen', run }, connectElectron)
  return facts
}

Object.assign(window, { runInPage, openAndStay, seen })
