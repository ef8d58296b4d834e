import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

// What is not in `dependencies` is bundled: the start is then 3.6x faster than from node_modules (measured, docs/architecture.md).
export default defineConfig({
  main: {
    build: {
      rolldownOptions: {
        input: {
          index: 'src/main/index.ts',
          serve: 'src/main/serve.ts',
          'search-worker': 'src/main/logs/search-worker.ts',
          'unlock-worker': 'src/main/transports/ssh/unlock-worker.ts',
        },
        output: { chunkFileNames: '[name]-[hash].js' }, // beside the entries: a worker is started from the folder of who starts it
      },
    },
  },
  preload: {
    build: {
      rolldownOptions: {
        input: { index: 'src/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' }, // a sandboxed preload must be CommonJS
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    html: { cspNonce: '__CSP_NONCE__' }, // the host replaces it with a fresh nonce at every load
    build: {
      assetsInlineLimit: 0, // the CSP allows no data: URLs
      minify: true,
      chunkSizeWarningLimit: 3000, // kB; it comes from this machine, not over a network
      rolldownOptions: {
        input: { index: 'src/renderer/index.html' },
        // What the first paint needs comes in one file: each further one costs the start some ms.
        output: { codeSplitting: { groups: [{ name: 'index', tags: ['$initial'] }] } },
      },
    },
    plugins: [
      react(),
      // electron-vite makes addresses relative; a page like /clusters/ID would then look for its files under /clusters.
      { name: 'absolute-base', enforce: 'post', config: () => ({ base: '/' }) },
    ],
  },
})
