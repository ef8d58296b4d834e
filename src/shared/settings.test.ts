import { expect, test } from 'vitest'
import { settings, settingsChange } from './settings.ts'

test('a change of one setting names no other', () => {
  expect(settingsChange.parse({ seenEventId: 3 })).toEqual({ seenEventId: 3 })
  expect(settingsChange.parse({ theme: 'light' })).toEqual({ theme: 'light' })
  expect(settingsChange.safeParse({ theme: 'pink' }).success).toBe(false)
})

test('every setting can be changed', () => {
  expect(Object.keys(settingsChange.shape)).toEqual(Object.keys(settings.shape))
})
