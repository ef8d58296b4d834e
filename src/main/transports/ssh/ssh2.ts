/** The library, loaded with the first connection: a start without any does without it. */
export const ssh2 = async () => (await import('ssh2')).default
