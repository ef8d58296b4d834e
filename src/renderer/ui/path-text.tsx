import { Fragment } from 'react'

/** What Styx makes on a node lies in its user's home folder, under this name. */
const NODE_HOME = /\/[^\s'"]*\/\.styx-node(?=[/'"\s]|$)/g

/** Text in which paths are read with ease: the home folder of a node as ~, and lines that break after a slash. The whole text is on the hover. */
export function PathText({ text }: { text: string }) {
  const short = text.replace(NODE_HOME, '~/.styx-node')
  if (!short.includes('/')) return text
  return (
    <span title={short === text ? undefined : text}>
      {short.split(/(?<=[^~]\/)/).map((part, i) => (
        <Fragment key={i}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </span>
  )
}
