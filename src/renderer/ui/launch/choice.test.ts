import { expect, test } from 'vitest'
import type { Offer } from '../../../shared/offer.ts'
import { chosenOffers, offersOf } from './choice.ts'

const offer = (id: string, is: 'yes' | 'no' = 'yes') =>
  ({ id, available: is === 'yes' ? { is } : { is, why: 'asleep' } }) as Offer
const ids = (offers: Offer[]) => offers.map(({ id }) => id)

test('a new cluster is on the machines that were chosen, in their order; else on the first that can be had', () => {
  expect(ids(chosenOffers([offer('a'), offer('b'), offer('c', 'no')], ['b', 'a', 'c']))).toEqual(['b', 'a'])
  expect(ids(chosenOffers([offer('a', 'no'), offer('b')], []))).toEqual(['b'])
})

test('a machine that was chosen and cannot be had any more is not replaced by another one', () => {
  expect(ids(offersOf([offer('a'), offer('b', 'no')], ['b']))).toEqual([])
  expect(ids(offersOf([offer('a')], []))).toEqual([])
})
