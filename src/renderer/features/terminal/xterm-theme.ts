import type { ISearchDecorationOptions } from '@xterm/addon-search'
import type { ITheme } from '@xterm/xterm'

/** The sixteen colours of each scheme: the tokens' own hues, so that a red in a shell is the red of the app. */
const ANSI = {
  dark: {
    black: '#0b0e13',
    brightBlack: '#8390a3',
    red: '#f0625d',
    brightRed: '#ff8a85',
    green: '#3fb984',
    brightGreen: '#6bd6a4',
    yellow: '#e3a63b',
    brightYellow: '#f4c56b',
    blue: '#5aa9ff',
    brightBlue: '#8cc4ff',
    magenta: '#c48bf7',
    brightMagenta: '#dab4ff',
    cyan: '#4ec3c7',
    brightCyan: '#84dfe2',
    white: '#cdd5e0',
    brightWhite: '#ffffff',
  },
  light: {
    black: '#131821',
    brightBlack: '#667085',
    red: '#c8322d',
    brightRed: '#e0524d',
    green: '#16875a',
    brightGreen: '#1f9f6c',
    yellow: '#a96b00',
    brightYellow: '#bf7d0a',
    blue: '#1f6fd1',
    brightBlue: '#3d86e0',
    magenta: '#8b3fc7',
    brightMagenta: '#a15fd8',
    cyan: '#0b7f8c',
    brightCyan: '#1796a3',
    white: '#cfd5de',
    brightWhite: '#f5f6f8',
  },
} satisfies Record<string, ITheme>

/** xterm's colours in the scheme that is shown now: canvases know no CSS variables. */
export function xtermTheme(): ITheme {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const light = document.documentElement.dataset.mantineColorScheme === 'light'
  return {
    ...ANSI[light ? 'light' : 'dark'],
    foreground: token('text'),
    background: token('sidebar'),
    cursor: token('text'),
    cursorAccent: token('sidebar'),
    selectionBackground: `${token('accent-fill')}${light ? '40' : '66'}`,
    selectionInactiveBackground: `${token('accent-fill')}${light ? '26' : '40'}`,
    scrollbarSliderBackground: `${token('text-3')}33`,
    scrollbarSliderHoverBackground: `${token('text-3')}66`,
    scrollbarSliderActiveBackground: `${token('text-3')}88`,
    overviewRulerBorder: token('sidebar'),
  }
}

/** How matches of a search are marked. */
export function searchMarks(): ISearchDecorationOptions {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    matchBackground: token('line-strong'),
    matchOverviewRuler: token('needs'),
    activeMatchBackground: token('needs'),
    activeMatchBorder: token('text'),
    activeMatchColorOverviewRuler: token('text'),
  }
}
