import { useEffect, useRef, useState } from 'react'

/**
 * Files that are dropped anywhere on the page, and text or files that are pasted where no field has the focus.
 * True while a file is held over the page.
 */
export function useFileDrop(on: { onFile(file: File): void; onText(text: string): void }): boolean {
  const [over, setOver] = useState(false)
  const latest = useRef(on)
  useEffect(() => {
    latest.current = on
  })
  useEffect(() => {
    const holdsFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const listeners = {
      dragover: (event: DragEvent) => {
        if (!holdsFile(event)) return
        event.preventDefault()
        setOver(true)
      },
      dragleave: (event: DragEvent) => event.relatedTarget === null && setOver(false),
      drop: (event: DragEvent) => {
        setOver(false)
        const [file] = event.dataTransfer?.files ?? []
        if (!file) return
        event.preventDefault()
        event.stopPropagation() // before the editor, which would insert it
        latest.current.onFile(file)
      },
      paste: (event: ClipboardEvent) => {
        const [file] = event.clipboardData?.files ?? []
        const field = event.target instanceof Element && event.target.closest('input, textarea, [contenteditable=true], .xterm')
        if (field && !(file && event.target.closest('.cm-editor'))) return
        const text = event.clipboardData?.getData('text/plain') ?? ''
        if (!file && text.trim() === '') return
        event.preventDefault()
        event.stopPropagation()
        if (file) latest.current.onFile(file)
        else latest.current.onText(text)
      },
    }
    const stop = new AbortController()
    for (const [type, listener] of Object.entries(listeners))
      window.addEventListener(type, listener as EventListener, { capture: true, signal: stop.signal })
    return () => stop.abort()
  }, [])
  return over
}
