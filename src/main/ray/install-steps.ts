import * as z from 'zod'
import { StyxError } from '../../shared/error.ts'
import type { Node } from '../../shared/node.ts'
import { nodeOf, type Step, type StepContext } from '../operations/step.ts'
import { asksForToken, type Choice, choose, type Looked, lowest } from './choose.ts'
import { parseLook } from './look.ts'
import { environmentOf } from './on-node.ts'
import { type Access, nameOf, ownerOf, requireRay } from './on-step.ts'
import { turned, withNode } from './record.ts'
import { runScript } from './run-script.ts'
import { idsOf } from './start-stop.ts'

const LOOK_TIMEOUT_s = 120
/** A slow line takes its time for 110 MB. */
const INSTALL_TIMEOUT_s = 3600

export type Chosen = z.infer<typeof chosen>
const chosen = z.object({ version: z.string(), python: z.string(), /** By node. */ pythons: z.record(z.string(), z.string()) })

/** Finds the Python that all nodes have, and the Ray that they get. `anew`: whatever is there already. */
export function chooseStep(access: Access, how: 'keep' | 'anew'): Step<Chosen> {
  return {
    name: how === 'keep' ? 'ray.choose' : 'ray.choose-anew',
    title: 'Choose Python and Ray',
    scope: 'attempt',
    expected_s: 3,
    timeout_s: LOOK_TIMEOUT_s,
    output: chosen,
    run: async (c) => {
      const ray = requireRay(c)
      const { wish } = ray
      c.report({ text: 'Looking at every node’s Python', fraction: null })
      if (how === 'keep' && ray.is !== 'running') c.changeRay((now) => turned(now, 'installing', Date.now()))
      const has: Choice | null = how === 'keep' && ray.version && ray.python ? { version: ray.version, python: ray.python } : null
      const looked = await Promise.all(
        (has ? c.targets : c.nodes).map(async (node): Promise<Looked & { node: Node }> => {
          const lines = await runScript(access(c, node), 'ray-look', [wish.wheels ?? ''])
          const look = parseLook(lines.join('\n'))
          const found = look.pythons.map(({ version, path }) => `${version} (${path})`).join(', ')
          c.log(`${nameOf(node)}: Python ${found || 'none'}`)
          return { name: nameOf(node), look, node }
        }),
      )
      const choice = choose(looked, wish, has)
      const pythonOn = (one: Looked) => one.look.pythons.find(({ minor }) => minor === choice.python)!.path
      const version = choice.version ?? lowest(await Promise.all(looked.map((one) => newestOn(c, one, pythonOn(one)))))
      c.log(`Ray ${version} with Python ${choice.python} on every node`)
      if (!asksForToken(version))
        c.log(
          `Ray ${version} asks for no token (2.52 and later do): whoever reaches its ports on the network may run code there.`,
        )
      if (how === 'keep') c.changeRay((now) => ({ ...now, version, python: choice.python, guarded: asksForToken(version) }))
      return { version, python: choice.python, pythons: Object.fromEntries(looked.map((one) => [one.node.id, pythonOn(one)])) }
    },
  }

  async function newestOn(c: StepContext, { node }: { node: Node }, python: string): Promise<string> {
    c.report({ text: 'Asking for the newest Ray', fraction: null })
    const lines = await runScript(access(c, node), 'ray-install', ['newest', ...idsOf(ownerOf(c, node)), python])
    const newest = /^newest (\S+)$/.exec(lines.at(-1) ?? '')?.[1]
    if (newest) return newest
    throw new StyxError({
      code: 'ray.failed',
      what: 'The newest version of Ray could not be learned',
      where: nameOf(node),
      suggestion: 'Name a version, or give a folder of wheels.',
      detail: lines.join('\n'),
    })
  }
}

/** An environment of the cluster's own in the node's folder. */
export function installStep(
  access: Access,
  choice: Step<Chosen>,
  forget: (c: StepContext) => Promise<void>,
): Step<{ folder: string }> {
  return {
    name: 'ray.install',
    title: 'Install Ray',
    scope: 'node',
    expected_s: 10,
    timeout_s: INSTALL_TIMEOUT_s,
    output: z.object({ folder: z.string() }),
    run: async (c) => {
      const node = nodeOf(c)
      const { version, python, pythons } = c.output(choice)
      const { wheels } = requireRay(c).wish
      c.report({ text: `Installing Ray ${version}`, fraction: null })
      const args = ['install', ...idsOf(ownerOf(c, node)), pythons[node.id] ?? '', version, python, wheels ?? '']
      const lines = await runScript(access(c, node), 'ray-install', args, {
        onLine: (line) => {
          c.log(line)
          if (!line.startsWith(' +')) c.report({ text: line.trim().slice(0, 200), fraction: null })
        },
      })
      const environment = /^installed (\/.+)$/.exec(lines.at(-1) ?? '')?.[1] ?? ''
      const folder = environment.slice(0, -environmentOf('', version, python).length)
      if (!environment || environmentOf(folder, version, python) !== environment)
        throw new StyxError({ code: 'ray.failed', what: 'It does not say where Ray was installed', detail: lines.join('\n') })
      c.changeRay((ray) => withNode(ray, c.nodes, node.id, { folder }, Date.now()))
      return { folder }
    },
    undo: async (c) => {
      await forget(c)
      return []
    },
  }
}

/** Removes the environments of other versions than the one that runs. */
export function tidyStep(access: Access): Step<null> {
  return {
    name: 'ray.tidy',
    title: 'Remove the Ray of before',
    scope: 'node',
    expected_s: 1,
    timeout_s: 300,
    output: z.null(),
    run: async (c) => {
      const { version, python } = requireRay(c)
      const node = nodeOf(c)
      await runScript(access(c, node), 'ray-install', ['tidy', ...idsOf(ownerOf(c, node)), version ?? '', python ?? ''])
      return null
    },
  }
}
