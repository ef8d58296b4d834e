import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { inSomeLayer, rules } from './rules.ts'

export type LayerReport = { files: number; violations: string[] }

/**
 * Holds the sources under `baseDir`/src to the rules.
 * @throws Error when no file was read: the parser then saw nothing, and no violation means nothing.
 */
export async function checkLayers(baseDir: string): Promise<LayerReport> {
  const { output } = await cruise(['src'], {
    baseDir,
    parser: 'swc', // the only one that reads TypeScript 7's sources; without it 0 modules pass
    tsPreCompilationDeps: true, // imports of types are imports
    validate: true,
    ruleSet: { forbidden: rules },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'default'],
    },
  })
  const { modules, summary } = output as ICruiseResult
  const files = modules.map((module) => module.source).filter((source) => /^src\/.*[.]tsx?$/.test(source))
  if (files.length === 0) throw new Error('no source file was read: the check would pass whatever is in them')
  const broken = summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} → ${violation.to}`)
  const homeless = files.filter((file) => /^src\/(main|shared)\//.test(file) && !inSomeLayer(file))
  return { files: files.length, violations: [...broken, ...homeless.map((file) => `no layer: ${file}`)] }
}
