import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Why the Electron project cannot run here, with the remedy; null when it can. */
export function electronProblem(): string | null {
  const binary = process.env.STYX_ELECTRON
  if (process.platform !== 'linux') return 'the Electron journeys are driven on Linux alone: run them there'
  if (!binary) return 'no Electron was named: set STYX_ELECTRON to the path of an Electron binary'
  if (!existsSync(binary)) return `STYX_ELECTRON names ${binary}, which is not there: correct it`
  if (!process.env.DISPLAY && !onPath('Xvfb')) return 'Electron needs a display and there is no Xvfb: sudo npm run test:setup'
  return null
}

const onPath = (program: string) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
