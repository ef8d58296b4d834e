// Part of npm run lint: what may import what (layers/rules.ts).
import { checkLayers } from './layers/check.ts'

const { files, violations } = await checkLayers(process.cwd())
for (const violation of violations) console.error(violation)
console.log(`${files} files held to the layers, ${violations.length} violations`)
process.exitCode = violations.length > 0 ? 1 : 0
