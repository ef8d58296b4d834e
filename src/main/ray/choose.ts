import { StyxError } from '../../shared/error.ts'
import type { RayWish } from '../../shared/ray.ts'
import type { Look } from './look.ts'

/** What was found on a node, and how people call it. */
export type Looked = { name: string; look: Look }

/** Those that Ray has had wheels for. */
const MINORS = ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14']

/** `version` null: the newest for this Python, which an index must be asked for. */
export type Choice = { python: string; version: string | null }

/**
 * The Python that all nodes have, and the version of Ray: both must be the same everywhere, or Ray refuses the node. `kept`: what the
 * cluster has already. Pure.
 * @throws StyxError `ray.system` | `ray.no-python` | `ray.pythons-differ` | `ray.no-wheels` | `ray.version-missing`, with the nodes' names
 */
export function choose(nodes: readonly Looked[], { version, wheels }: RayWish, kept: Choice | null): Choice {
  const foreign = nodes.filter(({ look }) => look.system !== 'Linux')
  if (foreign.length > 0)
    throw new StyxError({
      code: 'ray.system',
      what: 'Ray is set up on Linux only',
      where: names(foreign),
      why: `It runs ${foreign[0]!.look.system}.`,
      suggestion: 'Launch without Ray: terminals, jobs and GPUs work as ever.',
    })
  const without = nodes.filter(({ look }) => usable(look).length === 0)
  if (without.length > 0) throw noPython(without)
  const minors = MINORS.filter((minor) => nodes.every(({ look }) => usable(look).includes(minor)))
  if (minors.length === 0) throw pythonsDiffer(nodes)
  if (kept && minors.includes(kept.python) && !wheels) return kept
  if (wheels !== null) return fromWheels(nodes, wheels, version ?? kept?.version ?? null, minors)
  // The one that `python3` means on the head is what its user works with; else the newest.
  const usual = nodes[0]?.look.pythons[0]?.minor
  return { python: usual && minors.includes(usual) ? usual : minors.at(-1)!, version }
}

/** The lowest of what the nodes' indexes have, so that all can get it. Pure. */
export const lowest = (versions: readonly string[]): string => versions.toSorted(compareVersions)[0]!

/** By numbers; what comes before a release is lower than it. Pure. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[.\s]|(?=[abr])/))
  for (let i = 0; i < 3; i++) {
    const step = Number(a![i] ?? 0) - Number(b![i] ?? 0)
    if (step !== 0) return step
  }
  return (a!.length > 3 ? 0 : 1) - (b!.length > 3 ? 0 : 1)
}

/** Does this version of Ray ask for a token? Pure. */
export const asksForToken = (version: string): boolean => compareVersions(version, '2.52.0') >= 0

function fromWheels(nodes: readonly Looked[], folder: string, asked: string | null, minors: string[]): Choice {
  const missing = nodes.filter(({ look }) => look.wheels === null)
  if (missing.length > 0)
    throw new StyxError({
      code: 'ray.no-wheels',
      what: 'The folder of wheels is not there',
      where: names(missing),
      why: `${folder} is no folder that can be read.`,
      suggestion: `Copy it there: pip download -d ${folder} 'ray[default]' makes one.`,
    })
  const has = ({ look }: Looked, { python, version }: Choice) =>
    look.wheels?.some((wheel) => wheel.minor === python && wheel.version === version) ?? false
  const choices = (nodes[0]?.look.wheels ?? [])
    .map(({ minor, version }): { python: string; version: string } => ({ python: minor, version }))
    .filter(({ version }) => asked === null || version === asked)
    .filter((choice) => minors.includes(choice.python) && nodes.every((node) => has(node, choice)))
    .toSorted((a, b) => compareVersions(a.version, b.version) || MINORS.indexOf(a.python) - MINORS.indexOf(b.python))
  const best = choices.at(-1)
  if (best) return best
  throw new StyxError({
    code: 'ray.version-missing',
    what: 'The folder has no Ray that all nodes can run',
    where: folder,
    why: nodes.map(({ name, look }) => `${name}: ${wheelWords(look)}, Python ${usable(look).join(', ')}`).join('\n'),
    suggestion: `Put the same wheels on every node, for a Python that all have${asked ? `, with ray ${asked} among them` : ''}.`,
  })
}

const usable = ({ pythons }: Look): string[] => pythons.map(({ minor }) => minor).filter((minor) => MINORS.includes(minor))

const wheelWords = ({ wheels }: Look): string =>
  wheels && wheels.length > 0 ? wheels.map(({ version, minor }) => `ray ${version} for ${minor}`).join(', ') : 'no wheel of Ray'

const names = (nodes: readonly Looked[]): string => nodes.map(({ name }) => name).join(', ')

const noPython = (nodes: readonly Looked[]) =>
  new StyxError({
    code: 'ray.no-python',
    what: 'There is no Python that Ray runs with',
    where: names(nodes),
    why: nodes
      .map(({ name, look }) => {
        const found = look.pythons.map(({ version }) => version).join(', ')
        return `${name} has ${found ? `Python ${found} only` : 'no Python 3'}.`
      })
      .join('\n'),
    suggestion: `Ray needs Python ${MINORS[0]} to ${MINORS.at(-1)}. As root: apt-get install -y python3 python3-venv. Without root: curl -LsSf https://astral.sh/uv/install.sh | sh, then ~/.local/bin/uv python install 3.12. Then retry.`,
  })

const pythonsDiffer = (nodes: readonly Looked[]) =>
  new StyxError({
    code: 'ray.pythons-differ',
    what: 'The nodes have no Python in common',
    where: names(nodes),
    why: nodes.map(({ name, look }) => `${name} has Python ${usable(look).join(', ')}.`).join('\n'),
    suggestion:
      'Ray needs the same minor version on every node. Where uv is, no root is needed: uv python install 3.12 on each, then retry.',
  })
