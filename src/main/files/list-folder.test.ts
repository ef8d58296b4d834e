import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noSshd, startSshd } from '../../../e2e/substrate/sshd.ts'
import { openLocalTransport } from '../transports/local/local-transport.ts'
import { plain, subject, to } from '../transports/ssh-subject.ts'
import type { Exit, Transport } from '../transports/transport.ts'
import { listFolder, parseFolder } from './list-folder.ts'
import { readFileOf } from './read-file.ts'

const { signal } = new AbortController()
const resources = resolve('resources')
let folder: string
let transport: Transport
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'styx-list-')))
  transport = openLocalTransport()
})
afterEach(async () => {
  await transport.close()
  await rm(folder, { recursive: true, force: true })
})
const list = (path: string | null, over = transport) =>
  listFolder({ installationId: 'i', clusterId: 'c', nodeId: 'n', transport: over }, path, resources, signal)

async function bytes(path: string, over = transport): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of (await readFileOf(over, path, signal)).bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('names, kinds, sizes and times; hostile names are names', async () => {
  const hostile = ['a\n81a4 7 7 .', '-rf', "it's $(touch pwned) `x`", ' ', '.hidden', '..two', 'b\\n', '*', 'tab\tand "', 'ä😀']
  for (const name of hostile) await writeFile(join(folder, name), name)
  await utimes(join(folder, '-rf'), 1_700_000_000, 1_700_000_000)
  await mkdir(join(folder, 'sub\nfolder'))
  await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), 'x')
  await symlink('-rf', join(folder, 'to-file'))
  await symlink('sub\nfolder', join(folder, 'to-folder'))
  await symlink('nowhere', join(folder, 'to-nothing'))
  const { path, count, entries } = await list(folder)
  expect({ path, count }).toEqual({ path: folder, count: entries.length })
  const of = (name: string) => entries.find((entry) => entry.name === name)
  for (const name of hostile)
    expect(of(name)).toMatchObject({ is: 'file', link: false, size: Buffer.byteLength(name), reachable: true })
  expect(of('-rf')?.modifiedAt).toBe(1_700_000_000_000)
  expect(of('to-file')).toMatchObject({ is: 'file', link: true, size: 3 })
  expect(of('to-folder')).toMatchObject({ is: 'folder', link: true })
  expect(of('to-nothing')).toMatchObject({ is: 'other', link: true })
  expect(of('f\uFFFD')).toMatchObject({ is: 'file', reachable: false })
  expect(entries.slice(0, 2).map(({ name }) => name)).toEqual(['sub\nfolder', 'to-folder'])
  expect((await list(join(folder, 'sub\nfolder'))).entries).toEqual([])
  expect((await bytes(join(folder, hostile[0] as string))).toString()).toBe(hostile[0])
})

test('of very many only the first, and how many there are', async () => {
  await Promise.all(Array.from({ length: 1600 }, (_, i) => writeFile(join(folder, `${i}`), '')))
  const { entries, count } = await list(folder)
  expect([entries.length, count]).toEqual([1500, 1600])
})

test('what is not there or no folder is said; so is a file that is none', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(list(join(folder, 'none'))).rejects.toMatchObject({ data: { code: 'files.refused' } })
  await expect(list(join(folder, 'file'))).rejects.toMatchObject({ data: { code: 'files.refused' } })
  await expect(bytes(join(folder, 'none'))).rejects.toMatchObject({ data: { why: expect.stringContaining('no such file') } })
  await expect(bytes(folder)).rejects.toMatchObject({ data: { why: expect.stringContaining('no file') } })
})

test('an answer that is not one is refused', () => {
  for (const text of ['', 'home\x001\0', '/x\0y\0', '/x\x001\x00what is this', '/x\x001\x0081a4 1 1 ./a/b'])
    expect(() => parseFolder(text)).toThrow('cannot be read')
})

test('a download that nobody goes on reading ends on the node', async () => {
  await writeFile(join(folder, 'large'), Buffer.alloc(30_000_000))
  const exits: Promise<Exit>[] = []
  const over: Transport = {
    ...transport,
    exec: async (...how) => {
      const child = await transport.exec(...how)
      exits.push(child.exit)
      return child
    },
  }
  const { bytes } = await readFileOf(over, join(folder, 'large'), signal)
  expect((await bytes.next()).done).toBe(false)
  await bytes.return(undefined)
  expect(await exits.at(-1)).not.toMatchObject({ code: 0 })
})

test.skipIf(noSshd)('over a real sshd: a folder is listed, and a file comes byte by byte', { timeout: 60_000 }, async () => {
  const sshd = await startSshd()
  const { ssh, end } = await subject({ known: sshd.knownHost })
  const far = ssh.transport(to(sshd, plain(sshd)))
  const data = randomBytes(5_000_000)
  await writeFile(join(folder, 'data\n'), data)
  expect((await list(folder, far)).entries).toMatchObject([{ name: 'data\n', size: data.length, is: 'file' }])
  expect((await bytes(join(folder, 'data\n'), far)).equals(data)).toBe(true)
  await far.close()
  await end()
  await sshd.stop()
})
