import { StyxError } from '../../shared/error.ts'

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
  let at = 0
  const next = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!
      if (byte < 128) return value + byte * scale
      value += (byte - 128) * scale
    }
  }
  // Every value ends with a byte below 128: so many of them, and one at the end, or none is believed.
  let values = 0
  for (const byte of bytes) if (byte < 128) values += 1
  if (!(bytes.at(-1)! < 128)) throw unreadable()
  const rows = next()
  if (values !== 1 + rows * columns) throw unreadable()
  for (let column = 0; column < columns; column++) {
    let before = 0
    for (let row = 0; row < rows; row++) {
      const code = next()
      if (code === 0) continue
      before += code % 2 === 0 ? -code / 2 : (code - 1) / 2
      visit(column, row, before)
    }
  }
}

const unreadable = () =>
  new StyxError({
    code: 'history.unreadable',
    what: 'A piece of the history cannot be read',
    why: 'It does not have the form that this Styx expects.',
    suggestion: 'It is left out: the charts show a gap.',
  })
