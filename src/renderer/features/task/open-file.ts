import { StyxError } from '../../../shared/error.ts'

/** Far above any task; a video that was dropped by mistake is not read. */
const MOST_BYTES = 4_000_000

/** The text of a file that the user chose or dropped. Line ends become those of the editor. @throws StyxError `task-file.…` */
export async function readTaskFile(file: File): Promise<string> {
  if (file.size > MOST_BYTES)
    throw new StyxError({
      code: 'task-file.too-large',
      what: 'This file is too large',
      where: file.name,
      why: `It has ${Math.round(file.size / 1_000_000)} MB; a task has at most 1.`,
    })
  const bytes = await file.arrayBuffer().catch((error) => {
    throw new StyxError({
      code: 'task-file.unreadable',
      what: 'This file cannot be read',
      where: file.name,
      why: String(error),
      suggestion: 'Open it again; a folder cannot be opened.',
    })
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n')
  } catch {
    throw new StyxError({
      code: 'task-file.no-text',
      what: 'This file is no text',
      where: file.name,
      why: 'It is not written in UTF-8.',
      suggestion: 'Open a YAML file.',
    })
  }
}

/** Hands the text to the user as a file. */
export function saveAsFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
