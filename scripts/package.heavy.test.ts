import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
const program = (name: string) => join(root, 'node_modules/.bin', name)

/** A megabyte, in bytes: what a folder is told in. */
const MB = 1e6

/** The folder of the Electron that a package can be made of here, and its version; why there is none, else. */
async function electronHere(): Promise<{ folder: string; version: string } | { missing: string }> {
  const binary = process.env.STYX_ELECTRON
  if (process.platform !== 'linux') return { missing: 'the package that is read back is the one of Linux: run this there' }
  if (!binary || !existsSync(binary))
    return { missing: 'no Electron to package: set STYX_ELECTRON to the path of an Electron binary' }
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  const { stdout } = await run(binary, ['-p', 'process.versions.electron'], { env })
  return { folder: dirname(binary), version: stdout.trim() }
}

test('the package for Linux holds what runs and nothing else, and its fuses are set', async (context) => {
  const electron = await electronHere()
  if ('missing' in electron) return context.skip(electron.missing)
  if (!existsSync(join(root, 'out/main/index.js'))) return context.skip('nothing is built: npm run build')
  const folder = await mkdtemp(join(tmpdir(), 'styx-package-'))
  try {
    await run(
      program('electron-builder'),
      [
        '--linux',
        'dir',
        `-c.electronDist=${electron.folder}`,
        `-c.electronVersion=${electron.version}`,
        `-c.directories.output=${folder}`,
      ],
      { cwd: root, maxBuffer: 16 * MB },
    )
    const app = join(folder, 'linux-unpacked')
    const fuses = (await run(program('electron-fuses'), ['read', '--app', join(app, 'styx')])).stdout
    const isOn = (name: string) => new RegExp(`${name} is Enabled`).test(fuses)
    expect({
      asNode: isOn('RunAsNode'),
      nodeOptions: isOn('EnableNodeOptionsEnvironmentVariable'),
      inspect: isOn('EnableNodeCliInspectArguments'),
      files: isOn('GrantFileProtocolExtraPrivileges'),
      onlyAsar: isOn('OnlyLoadAppFromAsar'),
      integrity: isOn('EnableEmbeddedAsarIntegrityValidation'),
    }).toEqual({ asNode: false, nodeOptions: false, inspect: false, files: false, onlyAsar: true, integrity: true })

    const packed = (await run(program('asar'), ['list', join(app, 'resources/app.asar')], { maxBuffer: 16 * MB })).stdout.split(
      '\n',
    )
    for (const file of ['/out/main/index.js', '/out/preload/index.cjs', '/out/renderer/index.html', '/resources/node/sample.sh'])
      expect(packed).toContain(file)
    // What is bundled, or is for the web host alone, is not packed a second time.
    const modules = packed.flatMap((path) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1] ?? [])
    const native = /^@(?:lydell|napi-rs)(?:\/|$)|^better-sqlite3$|^bindings$|^file-uri-to-path$/
    const ssh = /^ssh2$|^asn1$|^bcrypt-pbkdf$|^safer-buffer$|^tweetnacl$/
    expect(modules.filter((name) => !native.test(name) && !ssh.test(name))).toEqual([])
    // A native module cannot be loaded out of the archive.
    const unpacked = await readdir(join(app, 'resources/app.asar.unpacked'), { recursive: true })
    expect(unpacked.filter((path) => path.endsWith('.node')).length).toBeGreaterThanOrEqual(3)
    expect((await stat(join(app, 'resources/app.asar'))).size).toBeLessThan(60 * MB)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
