import { expect, test } from 'vitest'
import { readChangedKey } from './host-key-words.ts'

const error = { code: 'ssh.host-key-changed', what: '', suggestion: '', retryable: false }

test('the key that a machine shows, and where the old one stands, are read from the error', () => {
  const why = 'It shows ssh-ed25519 SHA256:abc+/9. Either somebody stands between you and the machine.'
  expect(readChangedKey({ ...error, where: 'ada@10.0.0.7:2222', why, detail: '/home/ada/.ssh/known_hosts:41' })).toEqual({
    shown: { keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc+/9' },
    known: [{ where: '/home/ada/.ssh/known_hosts:41', file: '/home/ada/.ssh/known_hosts', keyType: '', fingerprint: null }],
    name: '[10.0.0.7]:2222',
  })
})

test('the old fingerprint is read where it is told', () => {
  expect(readChangedKey({ ...error, where: 'ada@gpu1', why: '', detail: '/k:3 ssh-rsa SHA256:old' })).toEqual({
    shown: null,
    known: [{ where: '/k:3', file: '/k', keyType: 'ssh-rsa', fingerprint: 'SHA256:old' }],
    name: 'gpu1',
  })
})
