import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { contextAt } from './context.ts'

/** Keys and values of the schema that Styx honours, with what each is for. */
export function complete({ state, pos, explicit }: CompletionContext): CompletionResult | null {
  const found = contextAt(state.doc.toString(), pos)
  if (!found || (!explicit && found.from === pos && found.is === 'key')) return null
  const entries = Object.entries(found.keys).filter(([name, { notYet }]) => notYet === undefined && !found.taken.has(name))
  const options =
    found.is === 'key'
      ? entries.map(([label, { about, keys, items }]): Completion => {
          const below = (keys && label !== 'workdir' && label !== 'autostop') || items || label === 'envs' || label === 'secrets'
          return {
            label,
            info: () => explained(about),
            apply: below ? `${label}:\n${' '.repeat(found.indent + 2)}` : `${label}: `,
          }
        })
      : entries.flatMap(([, { about, values = [] }]) =>
          values.map((label): Completion => ({ label, info: () => explained(about) })),
        )
  return options.length > 0 ? { from: found.from, options, validFor: /^[\w./+-]*$/ } : null
}

/** `code` in the words as such. */
export function explained(words: string): HTMLElement {
  const element = document.createElement('div')
  for (const [i, part] of words.split('`').entries()) {
    const piece = i % 2 === 0 ? document.createTextNode(part) : document.createElement('code')
    piece.textContent = part
    element.append(piece)
  }
  return element
}
