import { parentPort } from 'node:worker_threads'
import { type SearchWork, searchLines } from './search-lines.ts'

// The thread that searches logs, one search at a time. It imports little: it starts with the first letter that is typed.
parentPort?.on('message', (work: SearchWork) => searchLines(work, (found) => parentPort?.postMessage(found)))
