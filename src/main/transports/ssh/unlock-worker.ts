import { parentPort, workerData } from 'node:worker_threads'
import ssh2 from 'ssh2'

// The thread that derives a key from a passphrase: half a second of work, by design. Answers with the private key as PEM, null if it was wrong.
const { text, passphrase } = workerData as { text: string; passphrase: string }
const parsed = ssh2.utils.parseKey(text, passphrase)
const key = Array.isArray(parsed) ? parsed[0] : parsed
parentPort?.postMessage(key === undefined || key instanceof Error || !key.isPrivateKey() ? null : key.getPrivatePEM())
