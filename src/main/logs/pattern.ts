import type { LogQuery } from '../../shared/log.ts'

/**
 * A query as JavaScript's regular expression. With Unicode's rules where it follows them, so that `.` is a character and `\p{L}` works;
 * else by the older ones, which take `\-` and the like as others do.
 * @throws SyntaxError
 */
export function patternOf({ text, regex, caseSensitive }: LogQuery): RegExp {
  const source = regex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const flags = caseSensitive ? '' : 'i'
  try {
    return new RegExp(source, `${flags}u`)
  } catch {
    return new RegExp(source, flags)
  }
}
