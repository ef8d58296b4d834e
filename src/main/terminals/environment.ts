/** What a shell must know of the terminal it runs in. A locale that is not UTF-8 would garble every second line. */
export function terminalEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const locale = own.LC_ALL || own.LC_CTYPE || own.LANG || ''
  return {
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    TERM_PROGRAM: 'Styx',
    ...(/utf-?8/i.test(locale) ? {} : { LC_CTYPE: process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8' }),
  }
}
