/** A source of `file_mounts` that each node fetches by itself, and the program that it needs for that. */
const FETCHED = { 's3:': 'aws', 'gs:': 'gcloud or gsutil', 'https:': 'curl or wget', 'http:': 'curl or wget' } as const

/** The program that fetches from such an address; null for a path of this computer and for what nobody fetches. */
export function fetcherOf(source: string): string | null {
  const [, scheme] = /^([a-z0-9+.-]+:)\/\/[^/\s]/i.exec(source) ?? []
  return FETCHED[scheme?.toLowerCase() as keyof typeof FETCHED] ?? null
}

/** Is it the address of a Git repository? No program may take it for an option, and `ext::` runs programs. */
export const isGitUrl = (url: string): boolean =>
  /^(https?|ssh|git|file):\/\/[^\s\p{C}]+$/iu.test(url) || /^[\w.-]+@[\w.-]+:[^\s\p{C}]+$/u.test(url)

/** Can it be a branch, a tag or a commit? */
export const isGitRef = (ref: string): boolean => /^(?!-)[^\s\p{C}~^:?*[\\]{1,200}$/u.test(ref) && !ref.includes('..')
