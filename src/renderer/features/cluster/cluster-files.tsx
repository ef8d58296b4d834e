import { Button, NativeSelect } from '@mantine/core'
import { IconArrowUp, IconFile, IconFolder, IconFolderOff, IconQuestionMark, IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { type Folder, type FolderEntry, fileDownloadPath } from '../../../shared/folder.ts'
import type { Node } from '../../../shared/node.ts'
import { useNodes } from '../../data/live.ts'
import { fullTime, useNow, whenExactly } from '../../data/time.ts'
import { bytesWords, nodeName, number } from '../../data/words.ts'
import { api } from '../../rpc/connection.ts'
import { toErrorData } from '../../rpc/error-data.ts'
import { Empty, Loading } from '../../ui/empty.tsx'
import { ErrorBlock } from '../../ui/error-block.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Scroll } from '../../ui/page.tsx'
import table from '../../ui/table.module.css'
import css from './cluster-files.module.css'

const route = getRouteApi('/clusters/$clusterId/files')
const to = '/clusters/$clusterId/files'

/** The folders of a node, to be gone through, and their files, to be downloaded. */
export function ClusterFiles() {
  const { clusterId } = route.useParams()
  const { node: asked } = route.useSearch()
  const nodes = useNodes(clusterId).filter(({ state }) => state === 'up' || state === 'unknown')
  const node = nodes.find(({ id }) => id === asked) ?? nodes[0]
  if (!node)
    return (
      <Empty icon={IconFolderOff} title="No node whose files could be read">
        The files of a node are shown here while it is up.
      </Empty>
    )
  return <NodeFiles nodes={nodes} node={node} />
}

function NodeFiles({ nodes, node }: { nodes: Node[]; node: Node }) {
  const { clusterId } = route.useParams()
  const { path = null } = route.useSearch()
  const go = route.useNavigate()
  const asked = useQuery({
    queryKey: ['files', node.id, path],
    queryFn: ({ signal }) => api.files.list({ nodeId: node.id, path }, { signal }),
    gcTime: 0, // a folder is shown as it is, not as it was
    retry: false,
  })
  const at = asked.data?.path ?? path
  return (
    <Scroll>
      <div className={css.bar}>
        {nodes.length > 1 && (
          <NativeSelect
            aria-label="Node"
            value={node.id}
            onChange={({ currentTarget }) => void go({ to: '.', search: { node: currentTarget.value } })}
            data={nodes.map((each) => ({ value: each.id, label: nodeName(each) }))}
          />
        )}
        <nav className={css.path} aria-label="Folder">
          {at !== null && <Steps node={node} path={at} />}
        </nav>
        {at !== null && at !== '/' && (
          <LinkButton
            to={to}
            params={{ clusterId }}
            search={{ node: node.id, path: parentOf(at) }}
            leftSection={<IconArrowUp size={16} stroke={1.75} />}
          >
            Up
          </LinkButton>
        )}
        <Button
          leftSection={<IconRefresh size={16} stroke={1.75} />}
          loading={asked.isFetching}
          onClick={() => void asked.refetch()}
        >
          Read again
        </Button>
      </div>
      {asked.error ? (
        <ErrorBlock error={toErrorData(asked.error)} />
      ) : asked.data ? (
        <Entries node={node} folder={asked.data} />
      ) : (
        <Loading>Reading the folder…</Loading>
      )}
    </Scroll>
  )
}

/** The folders on the way, each a link. */
function Steps({ node, path }: { node: Node; path: string }) {
  const { clusterId } = route.useParams()
  const parts = path.split('/').filter((part) => part !== '')
  return ['', ...parts].map((part, i) => {
    const here = `/${parts.slice(0, i).join('/')}`
    return (
      <Fragment key={here}>
        <Link to={to} params={{ clusterId }} search={{ node: node.id, path: here }}>
          {i === 0 ? '/' : part}
        </Link>
        {i > 0 && i < parts.length && '/'}
        <wbr />
      </Fragment>
    )
  })
}

function Entries({ node, folder }: { node: Node; folder: Folder }) {
  const now = useNow()
  const { entries, count, path } = folder
  if (count === 0)
    return (
      <Empty icon={IconFolder} title="An empty folder">
        Nothing stands in it.
      </Empty>
    )
  return (
    <div className={table.rows}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Name</th>
            <th data-number>Size</th>
            <th data-number>Changed</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.name}>
              <td className={css.name}>
                <Name node={node} entry={entry} path={path === '/' ? `/${entry.name}` : `${path}/${entry.name}`} />
              </td>
              <td data-number>{entry.is === 'file' ? bytesWords(entry.size) : '–'}</td>
              <td data-number>
                <time title={fullTime(entry.modifiedAt)}>{whenExactly(entry.modifiedAt, now)}</time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {entries.length < count && (
        <p className={css.more}>
          {number(entries.length)} of {number(count)} are shown. A terminal lists the others.
        </p>
      )}
    </div>
  )
}

const icons = { file: IconFile, folder: IconFolder, other: IconQuestionMark }

function Name({ node, entry, path }: { node: Node; entry: FolderEntry; path: string }) {
  const { clusterId } = route.useParams()
  const { name, is, link, reachable } = entry
  const Icon = icons[is]
  return (
    <>
      <Icon size={16} stroke={1.75} aria-hidden />
      {reachable && is === 'folder' ? (
        <Link to={to} params={{ clusterId }} search={{ node: node.id, path }} preload={false}>
          {name}
        </Link>
      ) : reachable && is === 'file' ? (
        <a href={fileDownloadPath(node.id, path)} download title={`Download ${name}`}>
          {name}
        </a>
      ) : (
        name
      )}
      {link && <small> · a link{is === 'other' && ' to nothing that could be read'}</small>}
      {!link && is === 'other' && <small> · neither file nor folder</small>}
      {!reachable && <small> · its name is not UTF-8</small>}
    </>
  )
}

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/'
