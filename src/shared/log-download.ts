import type { LogView } from './log.ts'

/** How the lines of a log are put into a file. */
export type LogDownload = {
  /** The file's name, without its ending. */
  name: string
  /** The time in front of each line, in UTC. */
  times: boolean
  /** The stream in front of each line. */
  names: boolean
  /** Colours and other sequences stay. */
  ansi: boolean
}

/** Where both hosts serve it: the address for a link with `download`. */
export function logDownloadPath({ log, streams }: LogView, { name, times, names, ansi }: LogDownload): string {
  const query = [
    ...(streams ?? []).map((stream) => `stream=${encodeURIComponent(stream)}`),
    `name=${encodeURIComponent(name)}`,
    ...(times ? ['times'] : []),
    ...(names ? ['names'] : []),
    ...(ansi ? ['ansi'] : []),
  ]
  return `/download/log/${log.replace(':', '/')}?${query.join('&')}`
}
