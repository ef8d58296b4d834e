import { type ReactNode, useEffect, useRef } from 'react'
import { onSamples } from '../data/samples.ts'
import { type Ink, onInkChange, readInk } from './ink.ts'

export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, ink: Ink) => void

type Props = {
  draw: Draw
  height_px: number
  className?: string | undefined
  /** What the picture says, in words, for whoever does not see it: never laid out, always there. Else it must be said beside it. */
  children?: ReactNode
}

/** How near to the screen a canvas is drawn, so that none comes in empty. */
const NEAR_PX = 64

/** A canvas drawn once for each batch of samples, and when its size or the colours change; not while it is off the screen. */
export function LiveCanvas({ draw, height_px, className, children }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const latest = useRef(draw)
  latest.current = draw
  useEffect(() => {
    const element = canvas.current!
    const context = element.getContext('2d')!
    let width = 0
    let height = 0
    let seen = true
    const paint = () => {
      if (!seen || width === 0 || height === 0) return
      context.clearRect(0, 0, width, height)
      latest.current(context, width, height, readInk())
    }
    const stops = [
      onSize(element, (box) => {
        const scale = window.devicePixelRatio
        width = box.width
        height = box.height
        element.width = Math.round(width * scale)
        element.height = Math.round(height * scale)
        context.setTransform(scale, 0, 0, scale, 0, 0)
        paint()
      }),
      onSight(element, (now) => {
        if (now === seen) return
        seen = now
        paint()
      }),
      onSamples(paint),
      onInkChange(paint),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  return (
    <canvas
      ref={canvas}
      className={className}
      style={{ display: 'block', width: '100%', height: height_px }}
      aria-hidden={children === undefined ? true : undefined}
    >
      {children}
    </canvas>
  )
}

// One observer of each kind for all canvases: the board has hundreds.
const sizes = new WeakMap<Element, (box: DOMRectReadOnly) => void>()
const sights = new WeakMap<Element, (seen: boolean) => void>()
const sizeObserver = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) sizes.get(target)?.(contentRect)
})
const sightObserver = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) sights.get(target)?.(isIntersecting)
  },
  { rootMargin: `${NEAR_PX}px`, scrollMargin: `${NEAR_PX}px` } as IntersectionObserverInit,
)

function onSize(element: Element, listener: (box: DOMRectReadOnly) => void): () => void {
  sizes.set(element, listener)
  sizeObserver.observe(element)
  return () => sizeObserver.unobserve(element)
}

function onSight(element: Element, listener: (seen: boolean) => void): () => void {
  sights.set(element, listener)
  sightObserver.observe(element)
  return () => sightObserver.unobserve(element)
}
