/** When the bytes of a stream were written: `ends[i]` bytes were there at `at[i]`, epoch ms, ascending. */
export type Stamps = { ends: number[]; at: number[] }

/** Reads one column of the wrapper's `times`: lines of `EPOCH_S OUT ERR`. A second in which this stream did not grow tells nothing of it. */
export function parseStamps(text: string, stream: 'out' | 'err'): Stamps {
  const stamps: Stamps = { ends: [], at: [] }
  for (const line of text.split('\n')) {
    const [, second, out, err] = /^(\d{10}) (\d{1,15}) (\d{1,15})$/.exec(line) ?? []
    if (second === undefined) continue
    const end = Number(stream === 'out' ? out : err)
    if (end <= (stamps.ends.at(-1) ?? 0)) continue
    stamps.ends.push(end)
    stamps.at.push(Number(second) * 1000)
  }
  return stamps
}

/** Bytes that begin at `offset`, cut where the time changes. What is behind the last stamp is of `now`. */
export function stamped(
  { ends, at }: Stamps,
  offset: number,
  bytes: Uint8Array,
  now: number,
): { offset: number; bytes: Uint8Array; at: number }[] {
  const parts = []
  let i = firstAbove(ends, offset)
  for (let from = offset; from < offset + bytes.length; i++) {
    const to = Math.min(ends[i] ?? Number.POSITIVE_INFINITY, offset + bytes.length)
    parts.push({ offset: from, bytes: bytes.subarray(from - offset, to - offset), at: at[i] ?? now })
    from = to
  }
  return parts
}

function firstAbove(ends: number[], offset: number): number {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] as number) > offset) high = middle
    else low = middle + 1
  }
  return low
}
