/** Does a text fit a pattern with `*` and `?`, whatever the case? */
export function matchesPattern(pattern: string, text: string): boolean {
  // Without backtracking over more than the last `*`: a pattern of many stars must not take for ever.
  const [wanted, given] = [pattern.toLowerCase(), text.toLowerCase()]
  let [p, t, star, mark] = [0, 0, -1, 0]
  while (t < given.length) {
    if (wanted[p] === '*') {
      star = p++
      mark = t
    } else if (p < wanted.length && (wanted[p] === '?' || wanted[p] === given[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  while (wanted[p] === '*') p++
  return p === wanted.length
}

/** Some pattern fits, and none that is negated with `!` does. */
export function matchesPatterns(patterns: readonly string[], text: string): boolean {
  let fits = false
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (matchesPattern(pattern.slice(1), text)) return false
    } else fits ||= matchesPattern(pattern, text)
  }
  return fits
}
