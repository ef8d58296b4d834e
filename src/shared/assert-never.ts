/** The end of a switch over a tagged union: the compiler refuses a variant that was forgotten. */
export function assertNever(value: never): never {
  throw new Error(`unhandled variant: ${JSON.stringify(value)}`)
}
