import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { isLoopback, linkName, ourNames } from './web-names.ts'

test('on this machine alone, only its own names are ours', () => {
  expect(ourNames('127.0.0.1', 7433, [])).toEqual(['127.0.0.1:7433', 'localhost:7433'])
  expect(ourNames('::1', 7433, [])).toContain('[::1]:7433')
})

test('names that are told are ours with our port, with their own, and behind a proxy without any', () => {
  expect(ourNames('127.0.0.1', 7433, ['Styx.Example', 'tunnel:8000'])).toEqual([
    '127.0.0.1:7433',
    'localhost:7433',
    'styx.example',
    'styx.example:7433',
    'tunnel:8000',
  ])
})

test('on every address, this machine is ours under all of its own', () => {
  expect(ourNames('0.0.0.0', 7433, [])).toContain(`${hostname().toLowerCase()}:7433`)
  expect(ourNames('192.168.1.5', 443, [])).toEqual(expect.arrayContaining(['192.168.1.5:443', '192.168.1.5']))
})

test('a link carries the name that reaches it', () => {
  expect(linkName('127.0.0.1', 7433, ['told'])).toBe('127.0.0.1:7433')
  expect(linkName('::1', 7433, [])).toBe('[::1]:7433')
  expect(linkName('0.0.0.0', 7433, [])).toBe(`${hostname()}:7433`)
  expect(linkName('0.0.0.0', 7433, ['styx.example'])).toBe('styx.example:7433')
  expect(linkName('192.168.1.5', 7433, [])).toBe('192.168.1.5:7433')
})

test('only what cannot be reached from elsewhere counts as this machine', () => {
  expect(['127.0.0.1', '127.8.9.1', '::1', 'localhost'].filter(isLoopback)).toHaveLength(4)
  expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example', 'example.org', ''].filter(isLoopback)).toEqual([])
})
