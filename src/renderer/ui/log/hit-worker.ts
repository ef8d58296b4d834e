import type { LogQuery } from '../../../shared/log.ts'
import { expressionOf, rangesIn } from './hits.ts'

/** Looks for an expression of the user in some texts: here it can be ended when it never comes to an end. */
addEventListener('message', ({ data }: MessageEvent<{ query: LogQuery; texts: string[] }>) => {
  const expression = expressionOf(data.query)
  postMessage(data.texts.map((text) => rangesIn(text, expression)))
})
