import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listFiles } from './file-list.ts'

let folder: string
const never = new AbortController().signal
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'styx-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

test('.gitignore holds below its folder, and a deeper one has the last word', async () => {
  put({
    '.gitignore': '*.log\n/data/\n',
    'a.log': '',
    'data/x': '',
    'deep/data/y': '',
    'deep/.gitignore': '!keep.log\n',
    'deep/keep.log': '',
    'deep/z.log': '',
  })
  const { entries, files } = await listFiles(folder, never)
  expect(entries.map(({ path }) => path)).toEqual([
    '.gitignore',
    'deep',
    'deep/.gitignore',
    'deep/data',
    'deep/data/y',
    'deep/keep.log',
  ])
  expect(files).toBe(4)
})

test('a .skyignore stands for all .gitignore', async () => {
  put({ '.gitignore': '*.log\n', '.skyignore': 'big\n', 'a.log': '12345', 'big/x': '', 'sub/.gitignore': 'y\n', 'sub/y': '' })
  const { entries, bytes } = await listFiles(folder, never)
  expect(entries.map(({ path }) => path)).toEqual(['.gitignore', '.skyignore', 'a.log', 'sub', 'sub/.gitignore', 'sub/y'])
  expect(bytes).toBe('*.log\n'.length + 'big\n'.length + 5 + 'y\n'.length)
})

test('links as links, also those that lead nowhere or in a circle', async () => {
  put({ a: 'x' })
  symlinkSync('.', join(folder, 'circle'))
  symlinkSync('/styx/no/where', join(folder, 'nowhere'))
  expect((await listFiles(folder, never)).entries.map(({ path }) => path)).toEqual(['a', 'circle', 'nowhere'])
})

test('a single file', async () => {
  put({ a: 'xyz' })
  expect(await listFiles(join(folder, 'a'), never)).toMatchObject({
    cwd: folder,
    entries: [{ path: 'a', is: 'file', size: 3 }],
    files: 1,
    bytes: 3,
  })
})

test('ends with the signal', async () => {
  put({ 'a/b': '' })
  await expect(listFiles(folder, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
})
