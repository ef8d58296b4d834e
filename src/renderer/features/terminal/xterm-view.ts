import './style-attribute.ts'
import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { WebglAddon } from '@xterm/addon-webgl'
import { type ITerminalOptions, Terminal } from '@xterm/xterm'
import type { Settings } from '../../../shared/settings.ts'
import type { TerminalSize } from '../../../shared/terminal.ts'
import { guard } from './hostile.ts'
import { type LinkHandlers, oscLinks, textLinks } from './links.ts'
import { xtermTheme } from './xterm-theme.ts'

/** xterm on the screen: what the pane needs of it. */
export type XtermView = {
  terminal: Terminal
  search: SearchAddon
  /** Makes it fill its element, if that has a size. */
  fit(): void
  /** Only what is seen is drawn by the GPU: a page has few WebGL contexts. */
  setVisible(visible: boolean): void
  setOptions(options: Settings['terminal']): void
  /** After the scheme changed. */
  setTheme(): void
  dispose(): void
}

type Options = {
  element: HTMLElement
  settings: Settings['terminal']
  links: LinkHandlers
  onSize(size: TerminalSize): void
  onTitle(title: string): void
}

/** More marks than that would only paint the scrollbar. */
const MATCHES_MAX = 2000

const optionsOf = ({ fontSize_px, scrollback_lines }: Settings['terminal']): ITerminalOptions => ({
  fontSize: fontSize_px,
  scrollback: scrollback_lines,
})

/** Puts a terminal into an element. The font must be loaded: xterm measures it once. */
export function openXterm({ element, settings: first, links, onSize, onTitle }: Options): XtermView {
  let settings = first
  const terminal = new Terminal({
    ...optionsOf(settings),
    allowProposedApi: true, // unicode, and the marks of a search
    fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
    lineHeight: 1.2,
    letterSpacing: 0,
    cursorBlink: false,
    cursorInactiveStyle: 'outline',
    theme: xtermTheme(),
    minimumContrastRatio: 4.5,
    rightClickSelectsWord: false,
    macOptionIsMeta: true,
    smoothScrollDuration: 0,
    linkHandler: oscLinks(links),
    logLevel: 'off',
  })
  const fitting = new FitAddon()
  const search = new SearchAddon({ highlightLimit: MATCHES_MAX })
  terminal.loadAddon(fitting)
  terminal.loadAddon(search)
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  textLinks(terminal, links)
  guard(terminal, { clipboardWrite: () => settings.clipboardWrite, onTitle })
  terminal.onResize(onSize)
  terminal.open(element)

  let webgl: WebglAddon | null = null
  let webglFailed = false
  const dropWebgl = () => {
    webgl?.dispose()
    webgl = null
  }
  const fit = () => {
    const size = fitting.proposeDimensions()
    if (!size || !Number.isFinite(size.cols) || !Number.isFinite(size.rows)) return
    terminal.resize(Math.max(2, size.cols), Math.max(1, size.rows))
  }

  return {
    terminal,
    search,
    fit,
    setVisible: (visible) => {
      if (!visible) dropWebgl()
      if (!visible || webgl || webglFailed) return
      try {
        const addon = new WebglAddon()
        addon.onContextLoss(() => {
          webglFailed = true // the DOM draws from here on: a GPU that gave up once does so again
          dropWebgl()
        })
        terminal.loadAddon(addon)
        webgl = addon
      } catch {
        webglFailed = true
      }
    },
    setOptions: (next) => {
      settings = next
      Object.assign(terminal.options, optionsOf(next))
      fit()
    },
    setTheme: () => {
      terminal.options.theme = xtermTheme()
    },
    dispose: () => {
      dropWebgl()
      terminal.dispose()
    },
  }
}
