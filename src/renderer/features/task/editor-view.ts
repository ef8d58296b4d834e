import { acceptCompletion, autocompletion, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, indentService, indentUnit } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { search, searchKeymap } from '@codemirror/search'
import { EditorState, Transaction } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view'
import { readNonce } from '../../nonce.ts'
import { complete, explained } from './complete.ts'
import type { TextChange } from './edit-text.ts'
import { editorTheme } from './editor-theme.ts'
import { highlight } from './highlight.ts'
import type { Mark } from './marks.ts'

/** The editor on the screen: what the page needs of it. */
export type TaskEditor = {
  text(): string
  /** Each can be taken back by Undo. */
  change(change: TextChange): void
  /** Selects the span, shows it and takes the focus. */
  goTo(from: number, to: number): void
  mark(marks: Mark[]): void
  focus(): void
  dispose(): void
}

type Options = {
  element: HTMLElement
  text: string
  onText(text: string): void
  onCaret(line: number, column: number): void
  /** After text was pasted or dropped into it. */
  onPaste(): void
  onFix(mark: Mark): void
}

const EXAMPLE = `# A task is what to run, and what it needs:
name: hello
resources:
  cpus: 2+
run: |
  echo hello`

/** A new line begins where the one above does, or further in behind a key without a value. */
const sameIndent = indentService.of((context, at) => {
  const { text } = context.lineAt(at, -1)
  const indent = /^ */.exec(text)![0].length
  return /(^|\s)(- )?[^#]*:(\s*[|>][-+]?)?\s*(#.*)?$/.test(text) && !/^\s*#/.test(text) ? indent + 2 : indent
})

/** Tab: spaces up to the next step, as YAML refuses tabs. Escape and then Tab leaves the editor. */
function furtherIn(view: EditorView): boolean {
  const { head, empty } = view.state.selection.main
  if (!empty) return indentMore(view)
  const column = head - view.state.doc.lineAt(head).from
  view.dispatch(view.state.replaceSelection(' '.repeat(2 - (column % 2))), { scrollIntoView: true, userEvent: 'input' })
  return true
}

/**
 * Text that is typed over a selection. Left to the browser, it would keep the look of what it replaces by a style of its own, which the
 * CSP refuses.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== 'insertText' || !event.data || view.composing || view.state.selection.main.empty) return false
    view.dispatch(view.state.replaceSelection(event.data), { scrollIntoView: true, userEvent: 'input.type' })
    event.preventDefault()
    return true
  },
})

/** A CodeMirror for one task file. */
export function openEditor({ element, text, onText, onCaret, onPaste, onFix }: Options): TaskEditor {
  let marks: Mark[] = []
  const fixAtCaret = (view: EditorView) => {
    const { head } = view.state.selection.main
    const line = view.state.doc.lineAt(head)
    const mark = marks.find(({ fix, from, to }) => fix && from <= line.to && to >= line.from)
    if (mark) onFix(mark)
    return true
  }
  const view = new EditorView({
    parent: element,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(readNonce()),
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        indentUnit.of('  '),
        sameIndent,
        EditorState.tabSize.of(2),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        yaml(),
        highlight,
        search(),
        placeholder(EXAMPLE),
        autocompletion({ override: [complete], icons: false, interactionDelay: 0 }),
        keymap.of([
          { key: 'Tab', run: (v) => acceptCompletion(v) || furtherIn(v), shift: indentLess },
          { key: 'Mod-.', run: fixAtCaret },
          ...completionKeymap,
          ...lintKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        editorTheme,
        typedOver,
        EditorView.contentAttributes.of({
          'aria-label': 'Task as YAML',
          spellcheck: 'false',
          autocorrect: 'off',
          autocapitalize: 'off',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onText(update.state.doc.toString())
          if (update.docChanged || update.selectionSet) {
            const { head } = update.state.selection.main
            const line = update.state.doc.lineAt(head)
            onCaret(line.number, head - line.from + 1)
          }
          if (update.transactions.some((one) => one.isUserEvent('input.paste') || one.isUserEvent('input.drop'))) onPaste()
        }),
      ],
    }),
  })
  return {
    text: () => view.state.doc.toString(),
    change(change) {
      view.dispatch({ changes: change, annotations: Transaction.userEvent.of('input.form') })
    },
    goTo(from, to) {
      const { length } = view.state.doc
      const [anchor, head] = [Math.min(from, length), Math.min(to, length)]
      view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      view.focus()
    },
    mark(next) {
      marks = next
      const { length } = view.state.doc
      const diagnostics = next.flatMap((mark): Diagnostic[] => {
        const [from, to] = [Math.min(mark.from, length), Math.min(mark.to, length)]
        const actions = mark.fix ? [{ name: mark.fix.label, apply: () => onFix(mark) }] : []
        return [
          {
            from,
            to,
            severity: mark.tone,
            message: mark.words.replaceAll('`', ''),
            renderMessage: () => explained(mark.words),
            actions,
          },
        ]
      })
      view.dispatch(setDiagnostics(view.state, diagnostics))
    },
    focus: () => view.focus(),
    dispose: () => view.destroy(),
  }
}
