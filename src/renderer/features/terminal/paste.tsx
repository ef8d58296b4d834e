import { Button } from '@mantine/core'
import { modals } from '@mantine/modals'
import type { Terminal } from '@xterm/xterm'
import { safePaste } from './hostile.ts'
import css from './paste.module.css'

/** So much of it is shown in the question. */
const PREVIEW_LINES = 12
const PREVIEW_COLUMNS = 200

/** How it is typed, and into how many shells at once. */
type Pasting = { shells: number; type(text: string): void }

/** Types a text into the shell; more than one line only after asking, because each line end may run a command. */
export function paste(terminal: Terminal, pasted: string, { shells, type }: Pasting): void {
  const text = safePaste(pasted)
  if (terminal.options.disableStdin || text === '') return
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  if (lines.length === 1 && !/[\r\n]/.test(text)) {
    type(text)
    return
  }
  const waits = terminal.modes.bracketedPasteMode
  const answer = (go: boolean) => () => {
    modals.close(id)
    if (go) type(text)
  }
  const what = lines.length === 1 ? 'a line with its line end' : `${lines.length.toLocaleString('en-US')} lines`
  const id = modals.open({
    title: shells === 1 ? `Paste ${what}?` : `Paste ${what} into ${shells} shells?`,
    onClose: () => setTimeout(() => terminal.focus()),
    children: (
      <>
        <p>
          {waits
            ? 'The program takes them as one text and waits for Enter.'
            : 'The program takes each line as if you typed it: a shell runs them one after the other, at once.'}
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <pre className={css.preview} tabIndex={0}>
          {lines
            .slice(0, PREVIEW_LINES)
            .map((line) => (line.length > PREVIEW_COLUMNS ? `${line.slice(0, PREVIEW_COLUMNS)}…` : line))
            .join('\n')}
          {lines.length > PREVIEW_LINES && `\n… and ${lines.length - PREVIEW_LINES} more`}
        </pre>
        <div className={css.buttons}>
          <Button variant="subtle" onClick={answer(false)}>
            Don't paste
          </Button>
          <Button variant="filled" data-autofocus onClick={answer(true)}>
            Paste
          </Button>
        </div>
      </>
    ),
  })
}
