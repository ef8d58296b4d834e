/** The newest bytes of a stream, in memory, addressed by their absolute offset. */
export type ByteRing = {
  /** The oldest offset still held. */
  start(): number
  end(): number
  /** `keepFrom`: bytes before it may be overwritten, none after it while the ring is below its cap. */
  push(bytes: Uint8Array, keepFrom: number): void
  /** A copy of what is held from `from` to `to`. */
  copy(from: number, to: number): Buffer
}

const SMALLEST = 4 * 1024

/** A ring that begins at `offset`, grows as it must and never beyond `cap` bytes: then the oldest go, whatever `keepFrom` says. */
export function createByteRing(offset: number, cap: number): ByteRing {
  let memory = Buffer.allocUnsafe(0)
  let start = offset
  let end = offset

  const copy = (from: number, to: number): Buffer => {
    const out = Buffer.allocUnsafe(to - from)
    const at = from % memory.length
    const first = Math.min(to - from, memory.length - at)
    memory.copy(out, 0, at, at + first)
    if (first < out.length) memory.copy(out, first, 0, out.length - first)
    return out
  }

  const put = (bytes: Uint8Array, at: number): void => {
    const index = at % memory.length
    const first = Math.min(bytes.length, memory.length - index)
    memory.set(bytes.subarray(0, first), index)
    if (first < bytes.length) memory.set(bytes.subarray(first), 0)
  }

  const growTo = (size: number): void => {
    let capacity = Math.max(memory.length, SMALLEST)
    while (capacity < size) capacity *= 2
    capacity = Math.min(capacity, cap)
    if (capacity === memory.length) return
    const kept = start < end ? copy(start, end) : null
    memory = Buffer.allocUnsafe(capacity)
    if (kept) put(kept, start)
  }

  return {
    start: () => start,
    end: () => end,
    push: (bytes, keepFrom) => {
      const newEnd = end + bytes.length
      growTo(newEnd - Math.max(start, Math.min(keepFrom, newEnd)))
      const held = bytes.length > memory.length ? bytes.subarray(bytes.length - memory.length) : bytes
      put(held, newEnd - held.length)
      end = newEnd
      start = Math.max(start, end - memory.length)
    },
    copy,
  }
}
