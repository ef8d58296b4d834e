import type { Cell } from './cells.ts'
import { type Ink, rampStep } from './ink.ts'

const ROUND_PX = 3
const HATCH_PX = 5

// A cell is one of a dozen pictures: each is painted once and then copied, thousands of times a second.
const painted = new WeakMap<Ink, Map<string, HTMLCanvasElement>>()

/** The picture of a cell of this size: coloured by use, empty when idle, hatched when unknown, edged in red on error. */
export function cellSprite({ percent, error = false }: Cell, width: number, height: number, ink: Ink): HTMLCanvasElement {
  const scale = window.devicePixelRatio
  const step = percent === null ? null : rampStep(percent)
  const key = `${step} ${error} ${width} ${height} ${scale}`
  const ofInk = painted.get(ink) ?? new Map<string, HTMLCanvasElement>()
  painted.set(ink, ofInk)
  const known = ofInk.get(key)
  if (known) return known
  const sprite = document.createElement('canvas')
  sprite.width = Math.ceil(width * scale)
  sprite.height = Math.ceil(height * scale)
  const context = sprite.getContext('2d')!
  context.scale(scale, scale)
  paint(context, step, error, width, height, ink)
  ofInk.set(key, sprite)
  return sprite
}

function paint(context: CanvasRenderingContext2D, step: number | null, error: boolean, width: number, height: number, ink: Ink) {
  const round = (inset: number) => {
    const [w, h] = [Math.max(0.5, width - inset * 2), Math.max(0.5, height - inset * 2)]
    context.beginPath()
    context.roundRect(inset, inset, w, h, Math.min(ROUND_PX, w / 3, h / 3))
  }
  round(0)
  if (step !== null) {
    context.fillStyle = ink.use[step]!
    context.fill()
  } else {
    context.save()
    context.clip()
    context.beginPath()
    for (let at = -height; at < width; at += HATCH_PX) {
      context.moveTo(at, height)
      context.lineTo(at + height, 0)
    }
    context.strokeStyle = ink.hatch
    context.globalAlpha = 0.55
    context.stroke()
    context.restore()
  }
  if (step !== null && !error) return
  round(error ? 0.75 : 0.5)
  context.strokeStyle = error ? ink.failed : ink.hatch
  context.globalAlpha = error ? 1 : 0.6
  context.lineWidth = error ? 1.5 : 1
  context.stroke()
}
