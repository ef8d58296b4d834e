import type { OpenDownload } from '../byte-stream.ts'
import type { Logs } from './logs.ts'

/** Downloads of logs, by the addresses of shared/log-download.ts. */
export const openLogDownload =
  (logs: Logs): OpenDownload =>
  async (path, query, signal) => {
    const [, kind, id] = /^log\/([a-z]{1,20})\/([\w-]{1,100})$/.exec(path) ?? []
    if (!kind) return null
    const streams = query.getAll('stream')
    const has = (flag: string) => query.has(flag)
    const how = { name: query.get('name') || 'log', times: has('times'), names: has('names'), ansi: has('ansi') }
    return logs.download({ log: `${kind}:${id}`, streams: streams.length > 0 ? streams : null }, how, signal)
  }
