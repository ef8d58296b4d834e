// Decides how Styx is shown: in a desktop window where Electron and a display are there, else in the browser; says why in one line.
// `--check` only looks at Node; `--web` serves to the browser on purpose, with the options that follow.
// It is the first thing that runs, perhaps on a very old Node: plain syntax, and nothing is imported that needs more.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const electronFolder = join(root, 'node_modules', 'electron')
/** better-sqlite3 13 ends an older Node without a word. */
const NODE = [22, 19]
/** 120 MB; who has a slower line starts `node node_modules/electron/install.js` by hand. */
const DOWNLOAD_MS = 180000
/** An Electron that cannot run here at all is gone within a second. */
const START_MS = 10000

const args = process.argv.slice(2)
checkNode()
if (args[0] === '--check') process.exit(0)
else if (args[0] === '--web') serve(args.slice(1))
else {
  const why = whyNoDesktop()
  if (why) fallBack(why)
  else openDesktop()
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return
  console.error(
    `Styx needs Node ${NODE.join('.')} or newer, and this is ${process.versions.node} (${process.execPath}): install a newer one from https://nodejs.org`,
  )
  process.exit(1)
}

/** In this same process: signals and the exit code need nobody to pass them on. */
function serve(options) {
  process.argv = [process.argv[0], join(root, 'out', 'main', 'serve.js'), ...options]
  import('../out/main/serve.js').catch((error) => {
    console.error(error)
    process.exit(1)
  })
}

function fallBack(why) {
  console.log(`No desktop window: ${why}. Styx is served to your browser instead.`)
  serve(args)
}

/** Why there can be no window, in half a sentence; null when there can. */
function whyNoDesktop() {
  if (process.platform === 'linux') {
    if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'there is no display here'
    if (process.getuid() === 0) return "Chromium's sandbox does not work for root"
  }
  if (!existsSync(electronBinary()) && !download()) return "Electron's binary is not here and could not be downloaded"
  if (process.platform === 'linux' && !canSandbox())
    return "Chromium's sandbox cannot work here, for this system lets no user make namespaces"
  return null
}

/** Not require('electron'): that would begin the download. */
function electronBinary() {
  const pathFile = join(electronFolder, 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : 'electron'
  return join(process.env.ELECTRON_OVERRIDE_DIST_PATH || join(electronFolder, 'dist'), name)
}

/** Tries once for each install, so that every later start without it is quick. */
function download() {
  const failed = join(electronFolder, 'download-failed')
  const installer = join(electronFolder, 'install.js')
  if (existsSync(failed) || !existsSync(installer)) return false
  console.log('Downloading Electron, once…')
  const { status } = spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: DOWNLOAD_MS })
  if (status === 0 && existsSync(electronBinary())) return true
  try {
    writeFileSync(failed, `To try again: rm "${failed}"\n`)
  } catch {
    // A read-only install tries again at each start.
  }
  return false
}

/** Chromium needs user namespaces, or its helper owned by root with the setuid bit. */
function canSandbox() {
  const helper = join(dirname(electronBinary()), 'chrome-sandbox')
  if (existsSync(helper)) {
    const { uid, mode } = statSync(helper)
    if (uid === 0 && mode & 0o4000) return true
  }
  if (read('/proc/sys/kernel/unprivileged_userns_clone') === '0') return false
  if (read('/proc/sys/user/max_user_namespaces') === '0') return false
  if (read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') return false
  const probe = spawnSync('unshare', ['--user', '--map-root-user', 'true'], { stdio: 'ignore', timeout: 5000 })
  return probe.error ? true : probe.status === 0 // no unshare here: Electron itself will tell
}

function read(file) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

/** Electron as if it stood here itself: its signals and its exit code are ours. */
function openDesktop() {
  const began = Date.now()
  const child = spawn(electronBinary(), [root, ...args], { stdio: 'inherit' })
  const pass = (signal) => child.kill(signal)
  // Ctrl-C in a terminal reaches the whole group; passed on it would count twice.
  process.on('SIGINT', () => process.stdin.isTTY || pass('SIGINT'))
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  child.on('error', (error) => fallBack(`Electron could not be started (${error.message})`))
  child.on('exit', (code, signal) => {
    const crashed = ['SIGTRAP', 'SIGSEGV', 'SIGABRT', 'SIGILL'].includes(signal) || code > 128
    if (crashed && Date.now() - began < START_MS) {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
      return fallBack(`Electron ended at once (${signal || code})`)
    }
    if (signal) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exit(code)
  })
}
