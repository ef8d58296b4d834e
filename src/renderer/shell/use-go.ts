import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import * as z from 'zod'

const go = z.object({ go: z.string().startsWith('/') })

/** Goes where a click on one of the desktop's notices leads: the preload says it. */
export function useGo(): void {
  const { history } = useRouter()
  useEffect(() => {
    const onMessage = ({ source, data }: MessageEvent) => {
      const asked = go.safeParse(data)
      if (source === window && asked.success) history.push(asked.data.go)
    }
    addEventListener('message', onMessage)
    return () => removeEventListener('message', onMessage)
  }, [history])
}
