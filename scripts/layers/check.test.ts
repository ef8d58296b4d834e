import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkLayers } from './check.ts'

async function check(files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'styx-layers-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return checkLayers(folder)
}
const nothing = 'export const nothing = 0\n'
const imports = (from: string) => `import { nothing } from '${from}'\nexport const value = nothing\n`

test('what lies below may be imported', async () => {
  const report = await check({ 'src/shared/a.ts': nothing, 'src/main/storage/b.ts': imports('../../shared/a.ts') })
  expect(report).toEqual({ files: 2, violations: [] })
})

test.for<[what: string, from: string, to: string, rule: string]>([
  ['a layer above', 'src/shared/a.ts', 'src/main/engine.ts', 'layer-shared'],
  ['a sibling in the layer', 'src/main/gpu/a.ts', 'src/main/terminals/b.ts', 'layer-main/gpu'],
  ['another provider', 'src/main/providers/aws/a.ts', 'src/main/providers/ssh/b.ts', 'siblings-main/providers'],
  ['another feature', 'src/renderer/features/board/a.tsx', 'src/renderer/features/launch/b.tsx', 'siblings-renderer/features'],
  ['the engine from the screen', 'src/renderer/app.tsx', 'src/main/engine.ts', 'screen'],
  ['the engine from the preload', 'src/preload/index.ts', 'src/main/engine.ts', 'preload'],
  ['a feature from the ui kit', 'src/renderer/ui/a.tsx', 'src/renderer/features/board/b.tsx', 'shared-by-features'],
])('%s is refused', async ([, from, to, rule]) => {
  const depth = '../'.repeat(from.split('/').length - 1)
  const report = await check({ [from]: imports(`${depth}${to}`), [to]: nothing })
  expect(report.violations).toContain(`${rule}: ${from} → ${to}`)
})

test('a forbidden import of a type alone is refused too', async () => {
  const report = await check({
    'src/shared/a.ts': "import type { Engine } from '../main/engine.ts'\nexport type A = Engine\n",
    'src/main/engine.ts': 'export type Engine = number\n',
  })
  expect(report.violations).toEqual(['layer-shared: src/shared/a.ts → src/main/engine.ts'])
})

test('electron is refused in the engine and allowed in its window', async () => {
  const electron = "import { app } from 'electron'\nexport const value = app\n"
  const report = await check({ 'src/main/engine.ts': electron, 'src/main/window.ts': electron })
  expect(report.violations).toEqual(['electron: src/main/engine.ts → electron'])
})

test('Node is refused in the page', async () => {
  const report = await check({ 'src/renderer/a.ts': "import { join } from 'node:path'\nexport const value = join\n" })
  expect(report.violations).toEqual(['no-node-in-the-page: src/renderer/a.ts → path'])
})

test('a worker thread that reaches SQLite is refused', async () => {
  const report = await check({
    'src/main/storage/search-worker.ts': imports('./database.ts'),
    'src/main/storage/database.ts': "import Database from 'better-sqlite3'\nexport const nothing = Database\n",
    'node_modules/better-sqlite3/package.json': '{"name":"better-sqlite3","main":"index.js"}',
    'node_modules/better-sqlite3/index.js': 'module.exports = 0\n',
  })
  expect(report.violations.join()).toContain('workers-without-database: src/main/storage/search-worker.ts')
})

test('a circle is refused', async () => {
  const report = await check({
    'src/main/storage/a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
    'src/main/storage/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
  })
  expect(report.violations.join()).toContain('circular: ')
})

test('a file of the engine that belongs to no layer is named', async () => {
  const report = await check({ 'src/main/utils.ts': nothing })
  expect(report.violations).toEqual(['no layer: src/main/utils.ts'])
})

test('a check that read nothing does not pass', async () => {
  await expect(check({ 'src/readme.md': '' })).rejects.toThrow('no source file was read')
})
