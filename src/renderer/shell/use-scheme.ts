import { useMantineColorScheme } from '@mantine/core'
import { useEffect } from 'react'
import { useSettings } from '../data/live.ts'

/** Shows the scheme that the settings name, in every window. */
export function useScheme(): void {
  const { theme } = useSettings()
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  useEffect(() => setColorScheme(theme === 'system' ? 'auto' : theme), [theme, setColorScheme])
}
