import { HighlightStyle, syntaxHighlighting, syntaxTree } from '@codemirror/language'
import { type Extension, RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const style = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: 'var(--yaml-key)' },
  { tag: tags.string, color: 'var(--yaml-text)' },
  { tag: tags.comment, color: 'var(--text-3)' },
  { tag: [tags.typeName, tags.labelName], color: 'var(--yaml-other)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace, tags.meta], color: 'var(--text-2)' },
])

const marks = {
  text: Decoration.mark({ class: 'cm-yaml-text' }),
  number: Decoration.mark({ class: 'cm-yaml-number' }),
  other: Decoration.mark({ class: 'cm-yaml-other' }),
}
const VARIABLE = /\$\{?[A-Za-z_]\w*\}?/g

/** What YAML's grammar leaves to whoever reads the values: numbers, true and null, and the variables in commands. */
const values = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = read(view)
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged || syntaxTree(update.startState) !== syntaxTree(update.state))
        this.decorations = read(update.view)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)

function read(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>()
  for (const visible of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      ...visible,
      enter(node) {
        const { name, from, to } = node
        if (name === 'Literal' && !node.matchContext(['Key'])) {
          const text = view.state.sliceDoc(from, to)
          const mark = /^[-+]?[\d.]+[+]?$/.test(text)
            ? marks.number
            : /^(null|~|true|false|yes|no|on|off)$/i.test(text)
              ? marks.other
              : marks.text
          builder.add(from, to, mark)
        } else if (name === 'BlockLiteralContent') {
          const [start, end] = [Math.max(from, visible.from), Math.min(to, visible.to)]
          for (const { index, 0: variable } of view.state.sliceDoc(start, end).matchAll(VARIABLE))
            builder.add(start + index, start + index + variable.length, marks.other)
        }
      },
    })
  }
  return builder.finish()
}

/** YAML in the app's colours. */
export const highlight: Extension = [syntaxHighlighting(style), values]
