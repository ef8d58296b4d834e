import { StyxError } from '../../shared/error.ts'

/** What resources/node/ray-look.sh found. */
export type Look = {
  system: string
  /** In the order in which they are taken; `minor` e.g. "3.11". */
  pythons: { version: string; minor: string; path: string }[]
  /** Versions of Ray among the wheels, with the minor version of Python that each is for; null: there is no such folder. */
  wheels: { version: string; minor: string }[] | null
}

/** @throws StyxError `ray.look-unreadable` */
export function parseLook(text: string): Look {
  const lines = text.split('\n')
  const system = /^system (\S+)$/m.exec(text)?.[1]
  if (!system || !lines.includes('end'))
    throw new StyxError({
      code: 'ray.look-unreadable',
      what: 'What the machine said of its Pythons could not be read',
      suggestion: 'Retry. If it happens again, its shell prints something of its own: see the raw text.',
      detail: text,
      retryable: true,
    })
  const pythons = new Map<string, Look['pythons'][number]>()
  const wheels: { version: string; minor: string }[] = []
  for (const line of lines) {
    const [, version, minor, path] = /^python ((3\.\d+)\.\d+) (\/.+)$/.exec(line) ?? []
    if (version && minor && path && !pythons.has(minor)) pythons.set(minor, { version, minor, path })
    const [, ray, major, small] = /^wheel ray-([\w.]+)-cp(3)(\d+)-/.exec(line) ?? []
    if (ray) wheels.push({ version: ray, minor: `${major}.${small}` })
  }
  return { system, pythons: [...pythons.values()], wheels: lines.includes('no-wheels') ? null : wheels }
}
