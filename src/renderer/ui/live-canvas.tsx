import { useEffect, useRef } from 'react'
import { onSamples } from '../data/samples.ts'
import { type Ink, onInkChange, readInk } from './ink.ts'

export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, ink: Ink) => void

/** A canvas drawn once for each batch of samples, and when its size or the colours change. What it shows must be said in text beside it. */
export function LiveCanvas({ draw, height_px, className }: { draw: Draw; height_px: number; className?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const latest = useRef(draw)
  latest.current = draw
  useEffect(() => {
    const element = canvas.current!
    const context = element.getContext('2d')!
    let width = 0
    let height = 0
    const paint = () => {
      if (width === 0 || height === 0) return
      context.clearRect(0, 0, width, height)
      latest.current(context, width, height, readInk())
    }
    const resize = new ResizeObserver(([entry]) => {
      const box = entry!.contentRect
      const scale = window.devicePixelRatio
      width = box.width
      height = box.height
      element.width = Math.round(width * scale)
      element.height = Math.round(height * scale)
      context.setTransform(scale, 0, 0, scale, 0, 0)
      paint()
    })
    resize.observe(element)
    const stops = [onSamples(paint), onInkChange(paint), () => resize.disconnect()]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: this canvas takes no focus
    <canvas
      ref={canvas}
      className={className}
      style={{ display: 'block', width: '100%', height: height_px }}
      aria-hidden="true"
    />
  )
}
