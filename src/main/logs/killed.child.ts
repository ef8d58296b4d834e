import { createLogStore } from './store.ts'

// A store alone, for killed.test.ts: keeps numbered lines of two streams from where it ends, as fast as it can, says how far each is
// acknowledged, and lives on.
const [folder] = process.argv.slice(2) as [string]
const store = createLogStore({ folder, maxBytes: 64 * 1024 * 1024 })
const LINE = 12

async function print(stream: string) {
  for (let end = await store.position('job:one', stream); ; ) {
    const first = Math.floor(end / LINE)
    // Chunks end anywhere within a line.
    const bytes = Buffer.from(Array.from({ length: 500 }, (_, i) => `${String(first + i).padStart(LINE - 1, '0')}\n`).join(''))
    const chunk = bytes.subarray(end - first * LINE, bytes.length - (first % LINE))
    await store.write('job:one', stream, end, chunk, Date.now())
    end += chunk.length
    process.stdout.write(`${stream} ${end}\n`)
  }
}
await Promise.all([print('r0.out'), print('r0.err')])
