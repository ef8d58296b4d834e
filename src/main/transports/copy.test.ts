import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../e2e/substrate/sshd.ts'
import { put } from './copy.ts'
import { copyConformance } from './copy-conformance.ts'
import { openLocalTransport } from './local/local-transport.ts'
import { plain, subject, to } from './ssh-subject.ts'

copyConformance('this machine', async () => openLocalTransport())

describe.skipIf(noSshd)('over a real sshd', { timeout: 60_000 }, () => {
  let noSftp: Sshd
  let odd: Sshd
  beforeAll(async () => {
    noSftp = await startSshd({ sftp: false })
    odd = await startSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] })
  })
  afterAll(() => Promise.all([noSftp.stop(), odd.stop()]))
  const over = (sshd: () => Sshd) => async () => {
    const { ssh, end } = await subject({ known: sshd().knownHost })
    const transport = ssh.transport(to(sshd(), plain(sshd())))
    return { ...transport, close: () => transport.close().finally(end) }
  }
  copyConformance(
    'ssh without sftp-server',
    over(() => noSftp),
  )
  copyConformance(
    'the system’s ssh',
    over(() => odd),
  )

  test('a connection that is lost in the middle is made anew, and the copy goes on', async () => {
    const transport = await over(() => noSftp)()
    const from = join(noSftp.folder, 'from')
    const target = join(noSftp.folder, 'to')
    const bytes = randomBytes(80 * 1024 * 1024)
    await writeFile(from, bytes)
    const seen: number[] = []
    let cut = false
    await put(transport, from, target, {
      signal: new AbortController().signal,
      progress: (done) => {
        seen.push(done)
        if (cut || done < 40 * 1024 * 1024) return
        cut = true
        for (const pid of noSftp.children())
          try {
            process.kill(pid, 'SIGKILL')
          } catch {} // it ended by itself
      },
    })
    expect(cut).toBe(true)
    const again = seen.findIndex((done, i) => i > 0 && done < (seen[i - 1] as number))
    expect(seen[again]).toBeGreaterThan(0) // not from its beginning
    const sha = (data: Buffer) => createHash('sha256').update(data).digest('hex')
    expect(sha(await readFile(target))).toBe(sha(bytes))
    await transport.close()
  })
})

if (noSshd) test.skip(`copies over ssh: ${noSshd}`)
