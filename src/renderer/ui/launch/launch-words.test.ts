import { expect, test } from 'vitest'
import type { Offer } from '../../../shared/offer.ts'
import { clusterNameOf, freeName, priceWords } from './launch-words.ts'

const offer: Offer = {
  id: 'o',
  placeId: 'p',
  title: 'p5.48xlarge',
  where: 'us-east-1',
  cores: 192,
  memory_MiB: 2_097_152,
  gpuCount: 8,
  gpuName: 'H100',
  gpuMemory_MiB: 81_920,
  machineId: null,
  gpus: [],
  heldBy: [],
  price_USDperHour: 24.64,
  available: { is: 'yes' },
}

test('the proposed name is one that is free', () => {
  expect(freeName([])).toBe('this-machine')
  expect(freeName(['this-machine'])).toBe('this-machine-2')
  expect(freeName(['this-machine-2', 'this-machine'])).toBe('this-machine-3')
  expect(freeName([], 'eval-7')).toBe('eval-7')
  expect(freeName(['eval-7'], 'eval-7')).toBe('eval-2')
  expect(freeName(['a'.repeat(40)], 'a'.repeat(40))).toBe(`${'a'.repeat(38)}-2`)
})

test('a cluster on a pool is named after it, as a cluster can be named', () => {
  expect(clusterNameOf({ kind: 'ssh', name: 'Lab (Basel) 2' })).toBe('lab-basel-2')
  expect(clusterNameOf({ kind: 'ssh', name: '42 --' })).toBe(undefined)
  expect(clusterNameOf({ kind: 'local', name: 'This machine' })).toBe(undefined)
})

test('the button says what it costs', () => {
  expect(priceWords(offer, 4)).toEqual({ sum: '$98.56', button: ' for $98.56 an hour' })
  expect(priceWords({ ...offer, price_USDperHour: null }, 1).button).toBe(', at no cost')
})
