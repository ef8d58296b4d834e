import type { ConfigNode, Criterion } from './config-file.ts'
import { matchesPatterns } from './pattern.ts'

/** What a config says for a host: of each keyword all values, in order; the first one counts, but for IdentityFile. */
export type ConfigValues = Map<string, string[][]>

/** What these files say for a name, as it is given to ssh. Pure. */
export function lookUp(nodes: readonly ConfigNode[], name: string): ConfigValues {
  const values: ConfigValues = new Map()
  // The name as far as it is known: `Match host` looks at what HostName made of it.
  const host = () => (values.get('hostname')?.[0]?.[0] ?? name).replaceAll('%h', name)
  const holds = (criterion: Criterion): boolean => {
    if (criterion.is === 'all') return !criterion.negated
    return matchesPatterns(criterion.patterns, criterion.is === 'host' ? host() : name) !== criterion.negated
  }
  const walk = (all: readonly ConfigNode[]): void => {
    let active = true
    for (const node of all) {
      if (node.is === 'host') active = matchesPatterns(node.patterns, name)
      else if (node.is === 'match') active = node.criteria?.every(holds) ?? false
      else if (!active) continue
      else if (node.is === 'include') walk(node.nodes)
      else values.set(node.keyword, [...(values.get(node.keyword) ?? []), node.words])
    }
  }
  walk(nodes)
  return values
}

/** The names that files give to hosts: those of `Host` without `*`, `?` and `!`, each where it comes first. Pure. */
export function namedHosts(nodes: readonly ConfigNode[]): { name: string; file: string; line: number }[] {
  const named = new Map<string, { name: string; file: string; line: number }>()
  const walk = (all: readonly ConfigNode[]): void => {
    for (const node of all) {
      if (node.is === 'include') walk(node.nodes)
      if (node.is !== 'host') continue
      for (const name of node.patterns)
        if (!/[*?!]/.test(name) && !named.has(name)) named.set(name, { name, file: node.file, line: node.line })
    }
  }
  walk(nodes)
  return [...named.values()]
}
