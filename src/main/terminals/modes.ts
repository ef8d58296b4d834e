import { createRendition } from './rendition.ts'

/** What a terminal was told to be: the modes, colours and regions that a reader who starts in the middle must set first. */
export type Modes = {
  /** A whole control sequence: `prefix` one of `<=>?` or nothing, `intermediates` such as ` ` or `!`. */
  csi(prefix: string, params: string, intermediates: string, final: string): void
  /** A whole escape sequence that is no CSI, e.g. `c`, `=`, `(0`. */
  escape(sequence: string): void
  /** The sequences that bring a fresh terminal to this state. */
  restore(): string
  alternateScreen(): boolean
  /** Is a DEC private mode on? Of those that are simply on or off. */
  isOn(mode: number): boolean
}

/** DEC private modes that are simply on or off, with what a fresh xterm has. */
const SWITCHES: Record<number, boolean> = {
  1: false,
  6: false,
  7: true,
  25: true,
  45: false,
  66: false,
  1004: false,
  2004: false,
}
/** Of each of these at most one is set: setting one ends the others, resetting any ends them all. */
const ALTERNATE_AND_SAVE = 1049
const ALTERNATE_SCREEN = [47, 1047, ALTERNATE_AND_SAVE]
const MOUSE = [9, 1000, 1002, 1003]
const MOUSE_ENCODING = [1006, 1016]

const SAVE_CURSOR = 1048
const KEYPAD = 66

/** What each of the two screens keeps for itself. `saved`: the rendition that DECSC put aside. */
type Screen = { region: string; saved: string }

/** The modes of a fresh terminal. */
export function createModes(): Modes {
  let switches = { ...SWITCHES }
  let mouse = 0
  let encoding = 0
  /** The mode that switched to the alternate screen; 0 on the normal one. */
  let alternate = 0
  let normalScreen: Screen = { region: '', saved: '' }
  let alternateScreen: Screen = { region: '', saved: '' }
  let insert = false
  let cursorStyle = ''
  let charset = 'B'
  const rendition = createRendition()

  const screen = () => (alternate ? alternateScreen : normalScreen)
  const save = () => {
    screen().saved = rendition.params()
  }
  const restoreSaved = () => {
    rendition.apply('')
    if (screen().saved) rendition.apply(screen().saved)
  }
  /** As xterm.js understands it: all but which screen it is, and the mouse. */
  const softReset = () => {
    switches = { ...SWITCHES }
    insert = false
    cursorStyle = ''
    charset = 'B'
    rendition.apply('')
    Object.assign(screen(), { region: '', saved: '' })
  }
  const fullReset = () => {
    softReset()
    mouse = 0
    encoding = 0
    alternate = 0
    normalScreen = { region: '', saved: '' }
    alternateScreen = { region: '', saved: '' }
  }

  const setPrivate = (mode: number, on: boolean) => {
    if (mode in SWITCHES) switches[mode] = on
    else if (MOUSE.includes(mode)) mouse = on ? mode : 0
    else if (MOUSE_ENCODING.includes(mode)) encoding = on ? mode : 0
    else if (mode === SAVE_CURSOR) on ? save() : restoreSaved()
    else if (ALTERNATE_SCREEN.includes(mode)) {
      if (on && mode === ALTERNATE_AND_SAVE) save()
      if (on && !alternate) alternateScreen.region = ''
      alternate = on ? mode : 0
      if (!on && mode === ALTERNATE_AND_SAVE) restoreSaved()
    }
  }

  return {
    csi: (prefix, params, intermediates, final) => {
      const kind = prefix + intermediates + final
      if (kind === '?h' || kind === '?l') for (const mode of params.split(';')) setPrivate(Number(mode), final === 'h')
      else if (kind === 'h' || kind === 'l') insert = params.split(';').includes('4') ? final === 'h' : insert
      else if (kind === 'm') rendition.apply(params)
      else if (kind === 'r') screen().region = params
      else if (kind === 's') save()
      else if (kind === 'u') restoreSaved()
      else if (kind === ' q') cursorStyle = params
      else if (kind === '!p') softReset()
    },
    escape: (sequence) => {
      if (sequence === '=') switches[KEYPAD] = true
      else if (sequence === '>') switches[KEYPAD] = false
      else if (sequence === '7') save()
      else if (sequence === '8') restoreSaved()
      else if (sequence === 'c') fullReset()
      else if (sequence.length === 2 && sequence[0] === '(') charset = sequence[1] as string
    },
    restore: () => {
      let out = ''
      const put = (wanted: unknown, text: string) => {
        if (wanted) out += text
      }
      const putScreen = ({ region, saved }: Screen) => {
        put(region, `\x1b[${region}r`)
        put(saved, `\x1b[${saved}m\x1b7\x1b[m`)
      }
      putScreen(normalScreen)
      // 47 and not 1049, which would save once more.
      put(alternate, '\x1b[?47h')
      if (alternate) putScreen(alternateScreen)
      for (const [mode, on] of Object.entries(switches)) put(on !== SWITCHES[Number(mode)], `\x1b[?${mode}${on ? 'h' : 'l'}`)
      put(mouse, `\x1b[?${mouse}h`)
      put(encoding, `\x1b[?${encoding}h`)
      put(insert, '\x1b[4h')
      put(cursorStyle, `\x1b[${cursorStyle} q`)
      put(charset !== 'B', `\x1b(${charset}`)
      put(rendition.params(), `\x1b[${rendition.params()}m`)
      return out
    },
    alternateScreen: () => alternate !== 0,
    isOn: (mode) => switches[mode] ?? false,
  }
}
