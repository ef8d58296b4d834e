import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Engine, openEngine } from './engine.ts'
import { ownState, stateFolder } from './hosts/owner.ts'
import type { OwnerAnswer, OwnerRequest } from './hosts/owner-socket.ts'
import { loadPages, type Pages } from './hosts/pages.ts'

export type Started =
  | {
      is: 'running'
      engine: Engine
      pages: Pages
      /** Says how second starts are answered; until then they wait. */
      answerWith(answer: (request: OwnerRequest) => Promise<OwnerAnswer>): void
      /** Ends the engine, then lets go of the state folder. */
      close(): Promise<void>
    }
  /** Styx runs already on this state folder, and answered. */
  | { is: 'handed-over'; answer: OwnerAnswer }

const manifest = z.object({ version: z.string() })

/**
 * Starts the engine of this installation for whichever host asks, unless one runs already.
 * @param root the folder of package.json
 * @throws StyxError
 */
export async function startEngine(root: string, request: OwnerRequest): Promise<Started> {
  const [pages, text] = await Promise.all([
    loadPages(join(root, 'out', 'renderer')),
    readFile(join(root, 'package.json'), 'utf8'),
  ])
  const { version } = manifest.parse(JSON.parse(text))
  const folder = stateFolder()
  const owner = await ownState(folder, request)
  if (owner.is === 'handed-over') return owner
  try {
    const engine = await openEngine({ stateFolder: folder, resources: join(root, 'resources'), version })
    return {
      is: 'running',
      engine,
      pages,
      answerWith: owner.answerWith,
      async close() {
        await engine.close()
        await owner.close()
      },
    }
  } catch (error) {
    await owner.close()
    throw error
  }
}
