import { IconDeviceDesktop, IconServer2 } from '@tabler/icons-react'
import type { PlaceKind } from '../../shared/place.ts'

const icons: Record<PlaceKind, typeof IconServer2> = { local: IconDeviceDesktop, ssh: IconServer2 }

/** The sign of a kind of place. */
export function PlaceIcon({ kind }: { kind: PlaceKind | undefined }) {
  const Icon = icons[kind ?? 'local']
  return <Icon size={16} stroke={1.75} aria-hidden />
}
