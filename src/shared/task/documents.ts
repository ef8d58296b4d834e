import { Composer, type Document, Lexer, type LineCounter, Parser } from 'yaml'

/** As much as the contract lets through. */
const MOST_CHARACTERS = 1_000_000
/** What a hostile file could hold of brackets and commas; a script of 1 MB is one token. */
const MOST_TOKENS = 100_000
export const MOST_DOCUMENTS = 100

/** Why the text is not even read, as a sentence; null when it may be. */
export function whyTooLarge(text: string): string | null {
  if (text.length > MOST_CHARACTERS) return `A task file has at most ${MOST_CHARACTERS} characters; this one has ${text.length}.`
  let tokens = 0
  for (const _ of new Lexer().lex(text)) {
    tokens += 1
    if (tokens > MOST_TOKENS) return 'This file has more keys and values than a task can need.'
  }
  return null
}

/** Its documents; one more than allowed when there are more. Throws where too much is nested. */
export function composed(text: string, lines?: LineCounter): Document.Parsed[] {
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent', version: '1.2', merge: false })
  const documents: Document.Parsed[] = []
  for (const document of composer.compose(new Parser(lines?.addNewLine).parse(text), true, text.length)) {
    documents.push(document as Document.Parsed)
    if (documents.length > MOST_DOCUMENTS) break
  }
  return documents
}
