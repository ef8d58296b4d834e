/** `64 GiB`, `1.4 TiB`, `512 MiB`: a tenth below 100, none above. Each unit is 1024 of the one before. `decimals` 0 where there is no room. */
export function memoryWords(mib: number, decimals: 0 | 1 = 1): string {
  const unit = unitOf(mib)
  return `${digits(mib, unit, decimals)} ${UNITS[unit]}`
}

/** `23.6 of 64 GiB`: both in the unit of the whole. */
export function memoryOf(used_MiB: number, total_MiB: number): string {
  const unit = unitOf(total_MiB)
  return `${digits(used_MiB, unit, 1)} of ${digits(total_MiB, unit, 1)} ${UNITS[unit]}`
}

const UNITS = ['MiB', 'GiB', 'TiB', 'PiB']

function unitOf(mib: number): number {
  let unit = 0
  for (let value = mib; value >= 1000 && unit < UNITS.length - 1; value /= 1024) unit += 1
  return unit
}

function digits(mib: number, unit: number, decimals: 0 | 1): string {
  const value = mib / 1024 ** unit
  return value >= 100 || unit === 0 ? value.toFixed(0) : value.toFixed(decimals).replace(/\.0$/, '')
}
