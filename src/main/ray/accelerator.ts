/**
 * The name by which tasks ask for a GPU, as SkyPilot and Ray have it, of what nvidia-smi calls it: `H100` of "NVIDIA H100 80GB HBM3",
 * `A100-80GB` of "NVIDIA A100-SXM4-80GB", `RTX4090` of "NVIDIA GeForce RTX 4090". What is not known is said in its own words. Pure.
 */
export function acceleratorName(gpu: string): string {
  const words = gpu
    .replace(/^NVIDIA\s+/i, '')
    .split(/[\s_/-]+/)
    .filter((word) => word !== '' && !NOISE.test(word))
  const memory = words.find((word) => MEMORY.test(word))?.toUpperCase()
  const model = words.filter((word) => !MEMORY.test(word))
  const name = /^(RTX|GTX|QUADRO)$/i.test(model[0] ?? '')
    ? `${model.slice(0, 2).join('')}${model
        .slice(2)
        .map((word) => `-${word}`)
        .join('')}`
    : model.join('-')
  // The model says its memory where it is sold with two.
  return memory && TWO_SIZES[name] === memory ? `${name}-${memory}` : name
}

const NOISE = /^(GeForce|Tesla|HBM\w*|SXM\d?|PCIE|PCIe|NVL|OEM|Laptop|GPU)$/i
const MEMORY = /^\d+GB$/i
/** The larger one of the two, by which SkyPilot tells them apart. */
const TWO_SIZES: Record<string, string> = { A100: '80GB', V100: '32GB' }
