/** A word for a POSIX shell that is read as it is. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
