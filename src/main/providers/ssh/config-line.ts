/** A line of an ssh_config: its keyword in small letters, and its words without their quotes. */
export type ConfigLine = { keyword: string; words: string[] }

/**
 * Splits a line as ssh does: `Keyword words…` or `Keyword=words…`; a word may stand in quotes, and `#` begins a comment where a word
 * could begin. Null for an empty line.
 * @throws Error whose message says what is wrong, in words
 */
export function parseConfigLine(line: string): ConfigLine | null {
  const text = line.replace(/^[\s\p{Cf}]+|\s+$/gu, '')
  if (text === '' || text.startsWith('#')) return null
  const [whole, keyword] = /^([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+|$)/.exec(text) ?? []
  if (whole === undefined || keyword === undefined) throw new Error(`This is no setting: ${shortened(text)}`)
  const words = splitWords(text.slice(whole.length))
  if (words.length === 0) throw new Error(`${keyword} has no value.`)
  return { keyword: keyword.toLowerCase(), words }
}

function splitWords(text: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    const next = text[i + 1]
    if (char === '\\' && (next === '"' || next === "'" || next === '\\' || (next === ' ' && quote === ''))) {
      word = (word ?? '') + next
      i++
    } else if (quote !== '') {
      if (char === quote) quote = ''
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else if (char === '#' && word === null) break
    else word = (word ?? '') + char
  }
  if (quote !== '') throw new Error(`A ${quote} has no other end.`)
  if (word !== null) words.push(word)
  return words
}

const shortened = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
