import { type Color, namedColors, parseAnsiSequences } from 'ansi-sequence-parser'

/** A piece of a line that is drawn alike. */
export type Part = {
  text: string
  /** One of the sixteen colours by name, or `#rrggbb`; null: the text's own. */
  ink: string | null
  ground: string | null
  /** "bold underline": what there is of bold, dim, italic, underline, strikethrough, reverse. */
  style: string
}

// CSI, then strings for the terminal (titles, links, the clipboard) with their end, then other escapes, then controls and what turns text around.
const SEQUENCE =
  /(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~])|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]?|[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
const SGR_PARAMETERS = /^[\d;:]{0,100}$/
const STYLES = ['bold', 'dim', 'italic', 'underline', 'strikethrough', 'reverse'] as const

/**
 * A line as it is drawn: what its last carriage return left standing, with its colours. Every other sequence is dropped, whatever it
 * wants; text is never hidden.
 */
export function lineParts(printed: string): Part[] {
  if (!CONTROL.test(printed)) return printed === '' ? [] : [plain(printed)]
  const text = lastDrawn(printed).replace(SEQUENCE, (_, parameters?: string, final?: string) =>
    final === 'm' && parameters !== undefined && SGR_PARAMETERS.test(parameters) ? oneByOne(parameters) : '',
  )
  return parseAnsiSequences(text).map(({ value, foreground, background, decorations }) => ({
    text: value,
    ink: colourName(foreground),
    ground: colourName(background),
    style: STYLES.filter((style) => decorations.has(style)).join(' '),
  }))
}

const plain = (text: string): Part => ({ text, ink: null, ground: null, style: '' })

/** A progress bar draws itself anew after each carriage return. */
function lastDrawn(text: string): string {
  if (!text.includes('\r')) return text
  return text.split('\r').findLast((drawn) => drawn !== '') ?? ''
}

/** The parser wants semicolons, a number for each, and takes what one sequence resets before what it sets: each gets a sequence of its own. */
function oneByOne(parameters: string): string {
  const groups = parameters.split(';')
  let out = ''
  while (groups.length > 0) {
    const [code = '', ...more] = groups.shift()!.split(':')
    if (code !== '38' && code !== '48') {
      out += `\x1b[${Number(code)}m`
      continue
    }
    const mode = more[0] ?? groups.shift()
    const values = more.length > 0 ? more.slice(1) : groups.splice(0, mode === '2' ? 3 : 1)
    const wanted = mode === '2' ? values.slice(-3) : values.slice(0, 1)
    if (mode === '2' || mode === '5') out += `\x1b[${code};${mode};${wanted.map(Number).join(';')}m`
  }
  return out
}

function colourName(colour: Color | null): string | null {
  if (colour === null) return null
  if (colour.type === 'named') return colour.name
  if (colour.type === 'rgb') return hex(colour.rgb)
  const { index } = colour
  if (index < 16) return namedColors[index] ?? null
  if (index > 255) return null
  if (index >= 232) return hex(Array(3).fill(8 + (index - 232) * 10))
  const levels = [0, 95, 135, 175, 215, 255]
  return hex([36, 6, 1].map((unit) => levels[Math.floor((index - 16) / unit) % 6]!))
}

const hex = (rgb: readonly number[]) => `#${rgb.map((value) => Math.min(255, value).toString(16).padStart(2, '0')).join('')}`
