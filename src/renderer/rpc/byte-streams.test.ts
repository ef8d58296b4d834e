import { expect, test, vi } from 'vitest'
import { DATA_MAX_BYTES, decodeFrame, encodeFrame, type Frame } from '../../shared/frames.ts'
import { createByteStreams } from './byte-streams.ts'
import { peerPair } from './peer-pair.ts'

/** The engine's end: what came, and a way to answer. */
function connectTo(streams: ReturnType<typeof createByteStreams>) {
  const [client, engine] = peerPair<Uint8Array>()
  const frames: Frame[] = []
  engine.onMessage((message) => frames.push(decodeFrame(message)))
  streams.use(client)
  return { frames, send: (frame: Frame) => engine.send(encodeFrame(frame)), lose: () => engine.close('') }
}

const bytes = (text: string) => new TextEncoder().encode(text)

function handlers() {
  const dones: (() => void)[] = []
  return {
    dones,
    offset: null,
    window_bytes: 1000,
    onPreamble: vi.fn(),
    onData: vi.fn((_bytes: Uint8Array, _offset: number, done: () => void) => void dones.push(done)),
    onClose: vi.fn(),
  }
}

test('a stream is opened with its whole window as credit, also before there is a connection', async () => {
  const streams = createByteStreams()
  streams.open('terminal:1', handlers())
  const { frames } = connectTo(streams)
  await expect
    .poll(() => frames)
    .toEqual([
      { kind: 'open', channel: 1, offset: null, stream: 'terminal:1' },
      { kind: 'credit', channel: 1, bytes: 1000 },
    ])
})

test('credit goes back when bytes are done, in lumps, and at once when nothing waits', async () => {
  const streams = createByteStreams()
  const { frames, send } = connectTo(streams)
  const view = handlers()
  streams.open('s', view)
  await send({ kind: 'preamble', channel: 1, offset: 0, live: 0, bytes: bytes('') })
  for (let n = 0; n < 4; n++) await send({ kind: 'data', channel: 1, offset: n * 100, bytes: new Uint8Array(100) })
  const credits = () => frames.flatMap((frame) => (frame.kind === 'credit' ? [frame.bytes] : [])).slice(1)
  view.dones[0]!()
  view.dones[1]!()
  expect(credits()).toEqual([])
  view.dones[2]!()
  await expect.poll(credits).toEqual([300]) // past a quarter of the window
  view.dones[3]!()
  await expect.poll(credits).toEqual([300, 100]) // nothing waits any more
})

test('after a reconnect a stream goes on where it was: no second preamble, and no more credit than the window', async () => {
  const streams = createByteStreams()
  const first = connectTo(streams)
  const view = handlers()
  streams.open('s', view)
  await first.send({ kind: 'preamble', channel: 1, offset: 50, live: 60, bytes: bytes('modes') })
  await first.send({ kind: 'data', channel: 1, offset: 50, bytes: new Uint8Array(400) })
  expect(view.onPreamble.mock.calls).toEqual([[bytes('modes'), 50, 60]])
  first.lose()
  const second = connectTo(streams)
  await expect
    .poll(() => second.frames)
    .toEqual([
      { kind: 'open', channel: 1, offset: 450, stream: 's' },
      { kind: 'credit', channel: 1, bytes: 600 }, // 400 still wait on the screen
    ])
  await second.send({ kind: 'preamble', channel: 1, offset: 450, live: 450, bytes: bytes('modes') })
  expect(view.onPreamble).toHaveBeenCalledTimes(1)
  view.dones[0]!()
  await expect.poll(() => second.frames.at(-1)).toEqual({ kind: 'credit', channel: 1, bytes: 400 })
  expect(view.onClose).not.toHaveBeenCalled()
})

test('when what comes next is no longer kept, the view begins anew', async () => {
  const streams = createByteStreams()
  const first = connectTo(streams)
  const view = handlers()
  streams.open('s', view)
  await first.send({ kind: 'preamble', channel: 1, offset: 0, live: 0, bytes: bytes('') })
  first.lose()
  const second = connectTo(streams)
  await second.send({ kind: 'preamble', channel: 1, offset: 9000, live: 9500, bytes: bytes('again') })
  expect(view.onPreamble.mock.lastCall).toEqual([bytes('again'), 9000, 9500])
})

test('what is typed while there is no connection is dropped, and a long paste is cut into frames', async () => {
  const streams = createByteStreams()
  const stream = streams.open('s', handlers())
  stream.write(bytes('rm -rf /\n'))
  const { frames } = connectTo(streams)
  stream.write(new Uint8Array(DATA_MAX_BYTES + 1))
  await expect.poll(() => frames.length).toBe(4)
  const typed = frames.flatMap((frame) => (frame.kind === 'data' ? [frame.bytes.byteLength] : []))
  expect(typed).toEqual([DATA_MAX_BYTES, 1])
})

test('a stream that the engine ends is told why, once, and is not opened again', async () => {
  const streams = createByteStreams()
  const first = connectTo(streams)
  const view = handlers()
  const stream = streams.open('s', view)
  await first.send({ kind: 'close', channel: 1, reason: 'It is gone.' })
  await first.send({ kind: 'close', channel: 1, reason: 'It is gone.' })
  expect(view.onClose.mock.calls).toEqual([['It is gone.']])
  stream.write(bytes('x'))
  stream.close()
  first.lose()
  const second = connectTo(streams)
  streams.open('other', handlers())
  await expect.poll(() => second.frames[0]).toMatchObject({ kind: 'open', channel: 2, stream: 'other' })
})

test('after close nothing more reaches the view', async () => {
  const streams = createByteStreams()
  const { frames, send } = connectTo(streams)
  const view = handlers()
  const stream = streams.open('s', view)
  stream.close()
  await expect.poll(() => frames.at(-1)).toEqual({ kind: 'close', channel: 1, reason: '' })
  await send({ kind: 'data', channel: 1, offset: 0, bytes: bytes('late') })
  expect(view.onData).not.toHaveBeenCalled()
})
