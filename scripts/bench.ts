// npm run bench [-- WORD …]: measures the speeds that docs/architecture.md claims. With words: only benches whose name holds one.
//
// To add one: write scripts/bench/NAME.ts that exports a Bench (bench/bench.ts: name, unit, runs, goal, open) and list it in BENCHES.
// open() starts what all runs share and answers { ours, against?, close }; ours.run() and against.run() each answer one number in `unit`.
// The harness runs them in turns (A B A B …, the first of each thrown away) and prints median ± interquartile range, the ratio
// (or "equal" when the sides differ by less than their spread), the goal and whether the median met it.
import type { Bench } from './bench/bench.ts'
import { boardCards, boardEngine, boardScrolled, boardTable, boardWall } from './bench/board.ts'
import { calls } from './bench/calls.ts'
import { history } from './bench/history.ts'
import { hostsCheck } from './bench/hosts-check.ts'
import { jobFirstLine } from './bench/job-first-line.ts'
import { logFollow } from './bench/log-follow.ts'
import { logMemory } from './bench/log-memory.ts'
import { logJump, logOpen } from './bench/log-open.ts'
import { logScroll } from './bench/log-scroll.ts'
import { logSearches } from './bench/log-search.ts'
import { measure } from './bench/measure.ts'
import { rayStart } from './bench/ray-start.ts'
import { machineLine, resultLine } from './bench/report.ts'
import { sshCommand, sshFresh } from './bench/ssh-commands.ts'
import { sshEcho } from './bench/ssh-echo.ts'
import { manyFiles, manyFilesAgain, upload } from './bench/ssh-files.ts'
import { start, startCores } from './bench/start.ts'
import { terminalEcho } from './bench/terminal-echo.ts'
import { terminalBase64, terminalYes } from './bench/terminal-flood.ts'
import { terminalInterrupt } from './bench/terminal-interrupt.ts'
import { terminalMemory } from './bench/terminal-memory.ts'

const BENCHES: Bench[] = [
  start,
  startCores,
  calls,
  boardCards,
  boardScrolled,
  boardTable,
  boardWall,
  boardEngine,
  jobFirstLine,
  ...hostsCheck,
  rayStart,
  history,
  sshCommand,
  sshFresh,
  sshEcho,
  terminalEcho,
  terminalYes,
  terminalBase64,
  terminalInterrupt,
  terminalMemory,
  logOpen,
  logJump,
  ...logSearches,
  logScroll,
  logFollow,
  logMemory,
  upload,
  manyFiles,
  manyFilesAgain,
]

const words = process.argv.slice(2)
const chosen = BENCHES.filter((bench) => words.length === 0 || words.some((word) => bench.name.includes(word)))
console.log(machineLine())
let failed = 0
for (const bench of chosen) {
  try {
    console.log(resultLine(await measure(bench, AbortSignal.timeout(10 * 60_000))))
  } catch (error) {
    failed++
    console.log(`${bench.name}: failed: ${error instanceof Error ? error.message : error}`)
  }
}
process.exit(failed > 0 || chosen.length === 0 ? 1 : 0) // what a failed bench left open must not keep it
