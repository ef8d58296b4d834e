/**
 * Is this the GPU that a task means? SkyPilot's names (`A100-80GB`, `RTX4090`, `L4`) against nvidia-smi's ("NVIDIA A100-SXM4-80GB",
 * "NVIDIA GeForce RTX 4090", "NVIDIA L4"): the model must be there as whole words, and the memory where both name it. Pure.
 */
export function matchesGpu(asked: string, gpu: string): boolean {
  const [model = '', ...rest] = words(asked)
  const has = words(gpu)
  const memory = has.find((word) => MEMORY.test(word))
  return isRun(model, has) && rest.every((word) => !MEMORY.test(word) || memory === undefined || memory === word)
}

const MEMORY = /^\d+GB$/
const words = (name: string) =>
  name
    .toUpperCase()
    .split(/[\s_/-]+/)
    .filter(Boolean)

/** Is `word` some of these words, one after the other, written as one? */
function isRun(word: string, of: string[]): boolean {
  return of.some((_, from) => {
    let text = ''
    for (let i = from; i < of.length && text.length < word.length; i++) text += of[i]
    return text === word
  })
}
