import { afterAll, beforeAll, describe, test } from 'vitest'
import { noSshd, type Sshd, startSshd } from '../../../../e2e/substrate/sshd.ts'
import { transportConformance } from '../conformance.ts'
import { plain, subject, to } from '../ssh-subject.ts'

describe.skipIf(noSshd)('over a real sshd', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())

  transportConformance('ssh', async () => {
    const { ssh, end } = await subject({ known: sshd.knownHost })
    const transport = ssh.transport(to(sshd, plain(sshd)))
    return { ...transport, close: () => transport.close().finally(end) }
  })
})

if (noSshd) test.skip(`ssh: ${noSshd}`)
