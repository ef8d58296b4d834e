import { shellWord } from '../../../shared/shell-word.ts'
import type { ExecOptions } from '../transport.ts'

/** Before this line nothing on a stream is the program's: a login shell's start files may print what they like. */
export type Mark = string

/** What the first line of a started program says, behind its mark. */
export type Started =
  | { is: 'ok'; group: number }
  | { is: 'no-folder' }
  | { is: 'not-found'; path: string }
  | { is: 'forbidden'; file: string }

/**
 * The POSIX shell text that goes to the folder, sets the environment, looks for the program, says on stdout (and, with pipes, on
 * stderr) that it begins, and becomes the program. Environment and arguments can be seen in the node's process list: no secrets in them.
 */
export function startScript(
  mark: Mark,
  argv: readonly [string, ...string[]],
  { env = {}, cwd, pty }: Pick<ExecOptions, 'env' | 'cwd' | 'pty'>,
): string {
  for (const name of Object.keys(env)) if (!/^[A-Za-z_]\w*$/.test(name)) throw new TypeError(`not a variable's name: ${name}`)
  return [
    `say() { printf '%s %s\\n' ${mark} "$1"${pty ? '' : `; printf '%s\\n' ${mark} >&2`}; }`,
    ...(cwd === undefined ? [] : [`CDPATH= cd -- ${shellWord(cwd)} >/dev/null 2>&1 || { say no-folder; exit 126; }`]),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    `f=${shellWord(argv[0])} p= n=`,
    'case $f in',
    '*/*) if [ -f "$f" ]; then if [ -x "$f" ]; then p=$f; else n=$f; fi; fi ;;',
    '*) set -f; IFS=:; for d in $PATH; do',
    '  [ -n "$d" ] || d=.',
    '  g=$d/$f; [ -f "$g" ] || continue',
    '  if [ -x "$g" ]; then p=$g; break; fi',
    '  [ -n "$n" ] || n=$g',
    'done; set +f; unset IFS ;;',
    'esac',
    'if [ -z "$p" ]; then if [ -n "$n" ]; then say "forbidden $n"; else say "not-found $PATH"; fi; exit 127; fi',
    'say "ok $$"',
    `exec ${argv.map(shellWord).join(' ')}`,
  ].join('\n')
}

/** csh of old reads no longer words. */
const WORD = 900

/**
 * A POSIX shell text as the one string that ssh hands to the login shell, whatever shell that is (sh, csh, fish): of what any of them
 * might take for its own, only plain words in single quotes are left; the text itself is decoded by `sh`.
 */
export function loginShellCommand(script: string): string {
  const words: string[] = []
  let word = ''
  for (const byte of Buffer.from(script)) {
    word += PLAIN.has(byte) ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`
    if (word.length < WORD) continue
    words.push(word)
    word = ''
  }
  if (word) words.push(word)
  return `exec sh -c 'eval "$(printf %b "$@")"' styx ${words.map((w) => `'${w}'`).join(' ')}`
}

// Printable ASCII, less what some shell minds within single quotes: its end, fish's and printf's escape, csh's history.
const PLAIN = new Set(Array.from({ length: 95 }, (_, i) => 32 + i).filter((byte) => !`'\\!`.includes(String.fromCharCode(byte))))

/** What a first line says; null for what is none of ours. */
export function parseStarted(line: string): Started | null {
  const [, word, rest = ''] = /^(ok|no-folder|not-found|forbidden)(?: (.*))?$/s.exec(line) ?? []
  if (word === 'ok') return /^[1-9]\d*$/.test(rest) ? { is: 'ok', group: Number(rest) } : null
  if (word === 'no-folder') return { is: word }
  if (word === 'not-found') return { is: word, path: rest }
  if (word === 'forbidden') return { is: word, file: rest }
  return null
}

/** More than this before the mark is thrown away as it comes; so much of its beginning is kept to be shown. */
const NOISE_KEPT = 4096

/** Looks for the line of the mark in a stream. */
export function findMark(mark: Mark) {
  const wanted = Buffer.from(mark)
  let waiting: Buffer = Buffer.alloc(0)
  let noise = ''
  return {
    /** What came before, cut short. */
    noise: () => (noise + waiting.toString('utf8')).slice(0, NOISE_KEPT).trim(),
    /** The rest of the mark's line once it is whole, and what follows it. */
    push: (chunk: Buffer): { line: string; rest: Buffer } | null => {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
      const at = waiting.indexOf(wanted)
      const end = at < 0 ? -1 : waiting.indexOf('\n', at)
      if (end >= 0) {
        const line = waiting
          .subarray(at + wanted.length, end)
          .toString('utf8')
          .trim()
        return { line, rest: waiting.subarray(end + 1) }
      }
      const drop = at < 0 ? Math.max(0, waiting.length - wanted.length) : at
      if (noise.length < NOISE_KEPT) noise += waiting.subarray(0, drop).toString('utf8')
      waiting = waiting.subarray(drop)
      return null
    },
  }
}

/** The POSIX shell text that ends a process group as an abort does: the signals, KILL after 2 s, and back when nothing is left of it. */
export const endGroupScript = (group: number, signals: readonly string[]): string =>
  [
    ...signals.map((signal) => `kill -${signal} -${group} 2>/dev/null`),
    'i=0',
    `while kill -0 -${group} 2>/dev/null; do`,
    '  i=$((i + 1))',
    `  if [ $i -eq 40 ]; then kill -KILL -${group} 2>/dev/null; fi`,
    '  if [ $i -ge 80 ]; then break; fi', // a process in an uninterruptible wait: the kernel ends it when it can
    '  sleep 0.05 2>/dev/null || { sleep 1; i=$((i + 19)); }',
    'done',
    ':',
  ].join('\n')
