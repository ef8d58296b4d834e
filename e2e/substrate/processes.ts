import { readdirSync, readFileSync } from 'node:fs'

/** The pids on this machine (Linux), as text. */
export const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name))

/** What /proc says of a process there; empty where it has gone, or is somebody else's. */
export function ofProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

/** Those that have all of these marks in their environment. */
export const carriersOf = (...marks: string[]): string[] =>
  pids().filter((pid) => {
    const environment = ofProcess(pid, 'environ')
    return marks.every((mark) => environment.includes(mark))
  })

/** With what arguments programs run. */
export const commandLines = (): string[] => pids().map((pid) => ofProcess(pid, 'cmdline'))
