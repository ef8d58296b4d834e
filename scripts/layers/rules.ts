import type { IForbiddenRuleType, IReachabilityForbiddenRuleType, IRegularForbiddenRuleType } from 'dependency-cruiser'

/** The layers of docs/architecture.md, lowest first. A layer's parts import lower layers and themselves, never each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['shared'],
  ['main/topics.ts', 'main/byte-stream.ts', 'main/umask.ts', 'main/asks.ts'],
  ['main/storage'],
  ['main/operations', 'main/transports'],
  ['main/gpu', 'main/ray', 'main/files'],
  ['main/providers', 'main/jobs', 'main/logs', 'main/terminals'],
  ['main/clusters', 'main/changes.ts'],
  ['main/router.ts'],
  ['main/engine.ts'],
  ['main/hosts'],
  [
    'main/serve.ts',
    'main/serve-options.ts',
    'main/start-engine.ts',
    'main/open-browser.ts',
    'main/index.ts',
    'main/window.ts',
    'main/menu.ts',
    'main/tray.ts',
  ],
]
/** What a step may do on a node is the transport's interface, so the steps' interface names it: no code, one type. */
const ALSO: Record<string, string> = { 'main/operations': '^src/main/transports/transport[.]ts$' }

/** Tests may put the parts together, and so may the programs that they start, and what both share. */
const TEST = '([.](test|child)|-under-test)[.]tsx?$'
const pathOf = (part: string) => `^src/${part.replaceAll('.', '[.]')}${part.endsWith('.ts') ? '$' : '/'}`
const anyOf = (parts: readonly string[]) => parts.map(pathOf).join('|')

/** Does a source file of the engine or of `shared` belong to a layer? Otherwise no rule holds it. */
export const inSomeLayer = (file: string) => new RegExp(`${anyOf(LAYERS.flat())}|${TEST}`).test(file)

function layerRules(): IForbiddenRuleType[] {
  return LAYERS.flatMap((parts, level) =>
    parts.map((part) => {
      const entries = level === LAYERS.length - 1 ? parts : [part] // the entry and what only Electron has are one part in several files
      const allowed = [anyOf([...LAYERS.slice(0, level).flat(), ...entries]), ALSO[part]].filter(Boolean).join('|')
      return {
        name: `layer-${part}`,
        comment: `${part} may import only what lies below it`,
        severity: 'error',
        from: { path: pathOf(part), pathNot: TEST },
        to: { path: '^src/', pathNot: allowed },
      }
    }),
  )
}

/** No kind imports another kind of the same thing (a provider another provider, a feature another feature). */
const siblings = (folder: string): IForbiddenRuleType => ({
  name: `siblings-${folder}`,
  comment: `what two parts of ${folder} share belongs one step up`,
  severity: 'error',
  from: { path: `^src/${folder}/([^/]+)/` },
  to: { path: `^src/${folder}/[^/]+/`, pathNot: `^src/${folder}/$1/` },
})

type Rule = IRegularForbiddenRuleType | IReachabilityForbiddenRuleType
const rule = <Kind extends Rule>(name: string, comment: string, from: Kind['from'], to: Kind['to']) =>
  ({ name, comment, severity: 'error', from, to }) as Kind

const ELECTRON_FILES = '^src/main/(index|window|menu|tray|hosts/message-port)[.]ts$|^src/preload/index[.]ts$'

/** What may import what; `npm run lint` holds the sources to it. */
export const rules: IForbiddenRuleType[] = [
  ...layerRules(),
  siblings('main/providers'),
  siblings('main/transports'),
  siblings('renderer/features'),
  rule(
    'electron',
    'the engine also runs in plain Node: only the Electron entry and its files know Electron',
    { path: '^src/', pathNot: `${ELECTRON_FILES}|${TEST}` },
    { path: '(^|node_modules/)electron(/|$)' },
  ),
  rule(
    'screen',
    'the screen knows only the contract',
    { path: '^src/renderer/' },
    { path: '^src/', pathNot: '^src/(renderer|shared)/' },
  ),
  rule(
    'preload',
    'the preload hands over ports',
    { path: '^src/preload/' },
    { path: '^src/', pathNot: '^src/(preload|shared)/' },
  ),
  rule(
    'shared-by-features',
    'what features share does not know them',
    { path: '^src/renderer/(rpc|data|ui)/', pathNot: TEST },
    { path: '^src/renderer/features/' },
  ),
  rule(
    'no-node-in-the-page',
    'the page has no Node',
    { path: '^src/(renderer|shared|preload)/', pathNot: TEST },
    { dependencyTypes: ['core'] },
  ),
  rule(
    'workers-without-database',
    'SQLite is opened by the main thread alone',
    { path: '-worker[.]ts$' },
    { path: 'node_modules/better-sqlite3/', reachable: true },
  ),
  rule(
    'circular',
    'a circle has no lowest part',
    { path: '^src/' },
    { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  ),
]
