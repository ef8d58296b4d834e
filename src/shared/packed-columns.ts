import { StyxError } from './error.ts'

/** What is larger than this is no reading of ours. */
const MOST = 2 ** 48

/**
 * Columns of equal length, rounded to whole numbers, in few bytes: after the count of rows each value is the difference to the last known
 * one of its column, as a zigzag varint plus 1; 0 stands for null. A column that does not change takes a byte for each row. Pure.
 */
export function packColumns(columns: readonly (readonly (number | null)[])[]): Uint8Array {
  const bytes: number[] = []
  const push = (value: number) => {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
    bytes.push(rest)
  }
  push(columns[0]?.length ?? 0)
  for (const column of columns) {
    let before = 0
    for (const value of column) {
      if (value === null || !(Math.abs(value) <= MOST)) {
        bytes.push(0)
        continue
      }
      const whole = Math.round(value)
      const change = whole - before
      push(change < 0 ? -2 * change : 2 * change + 1)
      before = whole
    }
  }
  return Uint8Array.from(bytes)
}

/**
 * Calls back for each value that is known, column by column, without building anything.
 * @throws StyxError `history.unreadable` when the bytes do not hold so many columns
 */
export function eachPacked(
  bytes: Uint8Array,
  columns: number,
  visit: (column: number, row: number, value: number) => void,
): void {
  // Every value ends with a byte below 128: so many of them, and one at the end, or none is believed.
  let values = 0
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 128) values += 1
  let rows = 0
  let [column, row, before] = [-1, 0, 0]
  let [value, scale] = [0, 1]
  // One loop over all bytes, with nothing called but the visitor: this reads two million values for a month of 64 GPUs.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte >= 128) {
      value += (byte - 128) * scale
      scale *= 128
      continue
    }
    const code = value + byte * scale
    value = 0
    scale = 1
    if (column === -1) {
      rows = code
      if (values !== 1 + rows * columns || bytes.at(-1)! >= 128) throw unreadable()
      column = 0
      continue
    }
    if (code !== 0) {
      const size = code < 2 ** 31 ? code >> 1 : Math.floor(code / 2)
      before += code % 2 === 0 ? -size : size
      visit(column, row, before)
    }
    row += 1
    if (row === rows) {
      column += 1
      row = 0
      before = 0
    }
  }
  if (column === -1) throw unreadable()
}

const unreadable = () =>
  new StyxError({
    code: 'history.unreadable',
    what: 'A piece of the history cannot be read',
    why: 'It does not have the form that this Styx expects.',
    suggestion: 'It is left out: the charts show a gap.',
  })
