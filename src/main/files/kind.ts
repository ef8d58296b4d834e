/** What stands at a path, by a mode as `stat` has it. */
export function kindOf(mode: number): 'file' | 'folder' | 'link' | 'other' {
  const kind = mode & 0o170_000
  return kind === 0o100_000 ? 'file' : kind === 0o040_000 ? 'folder' : kind === 0o120_000 ? 'link' : 'other'
}
