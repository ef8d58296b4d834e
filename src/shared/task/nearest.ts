/** The word that was most likely meant: the nearest by swapped, missing, needless and wrong letters. Null: none is near. */
export function nearest(word: string, among: Iterable<string>): string | null {
  const small = word.toLowerCase().slice(0, 60)
  let best: string | null = null
  let least = Math.max(1, Math.floor(small.length / 3)) + 1
  for (const candidate of among) {
    if (Math.abs(candidate.length - small.length) >= least) continue
    const far = distance(small, candidate.toLowerCase())
    if (far < least) {
      best = candidate
      least = far
    }
  }
  return best
}

/** How many letters have to be changed, added, dropped or swapped with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          last[j]! + 1,
          row[j - 1]! + 1,
          last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? beforeLast[j - 2]! + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
