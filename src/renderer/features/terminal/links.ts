import { WebLinksAddon } from '@xterm/addon-web-links'
import type { IDisposable, ILinkHandler, Terminal } from '@xterm/xterm'

/** A link under the pointer: where it really goes, and whether the text says something else. */
export type LinkShown = { target: string; disguised: boolean }

/** Only the web; a program's output must not start other programs (file:, vscode:, …). */
export function webTarget(address: string): string | null {
  try {
    const url = new URL(address)
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null
  } catch {
    return null
  }
}

export type LinkHandlers = {
  /** The pointer is over a link, or left it (null). */
  onHover(link: LinkShown | null): void
  /** The user clicked it with the modifier: open, or ask first when the text says something else. */
  onOpen(link: LinkShown): void
}

const isMac = navigator.platform.startsWith('Mac')
const withModifier = (event: MouseEvent) => (isMac ? event.metaKey : event.ctrlKey)

/** Links that a program named (OSC 8): their text may say anything, so the true address is shown. */
export function oscLinks({ onHover, onOpen }: LinkHandlers): ILinkHandler {
  const shown = (address: string): LinkShown | null => {
    const target = webTarget(address)
    return target === null ? null : { target, disguised: true }
  }
  return {
    allowNonHttpProtocols: false,
    activate: (event, address) => {
      const link = shown(address)
      if (link && withModifier(event)) onOpen(link)
    },
    hover: (_event, address) => onHover(shown(address)),
    leave: () => onHover(null),
  }
}

/** Addresses that stand in the text. */
export function textLinks(terminal: Terminal, { onHover, onOpen }: LinkHandlers): IDisposable {
  const shown = (address: string): LinkShown | null => {
    const target = webTarget(address)
    return target === null ? null : { target, disguised: false }
  }
  const addon = new WebLinksAddon(
    (event, address) => {
      const link = shown(address)
      if (link && withModifier(event)) onOpen(link)
    },
    { hover: (_event, address) => onHover(shown(address)), leave: () => onHover(null) },
  )
  terminal.loadAddon(addon)
  return addon
}
