/** How text is drawn from here on (SGR): bold, colours, … */
export type Rendition = {
  /** The parameters of one `CSI … m`. */
  apply(params: string): void
  /** The parameters that bring a fresh terminal to it; empty when nothing is set. */
  params(): string
}

/** What ends an attribute, by the name that it is kept under. */
const ENDS: Record<string, string[]> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  25: ['blink'],
  27: ['inverse'],
  28: ['hidden'],
  29: ['strike'],
  39: ['colour'],
  49: ['ground'],
  55: ['overline'],
  59: ['line colour'],
}
const NAMES: Record<string, string> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  5: 'blink',
  6: 'blink',
  7: 'inverse',
  8: 'hidden',
  9: 'strike',
  21: 'underline',
  53: 'overline',
}
const EXTENDED: Record<string, string> = { 38: 'colour', 48: 'ground', 58: 'line colour' }

/** Nothing set. */
export function createRendition(): Rendition {
  const set = new Map<string, string>()
  return {
    apply: (params) => {
      const list = params.split(';')
      for (let i = 0; i < list.length; i++) {
        const param = list[i] as string
        const code = Number.parseInt(param, 10) || 0
        const extended = EXTENDED[code]
        if (code === 0) set.clear()
        else if (extended && param.includes(':')) set.set(extended, param)
        else if (extended) {
          const length = list[i + 1] === '5' ? 3 : 5 // 38;5;N or 38;2;R;G;B
          set.set(extended, list.slice(i, i + length).join(';'))
          i += length - 1
        } else if (param === '4:0') set.delete('underline')
        else if (code in ENDS) for (const name of ENDS[code] as string[]) set.delete(name)
        else if (code in NAMES) set.set(NAMES[code] as string, param)
        else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) set.set('colour', param)
        else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) set.set('ground', param)
      }
    },
    params: () => [...set.values()].join(';'),
  }
}
