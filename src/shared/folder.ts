import * as z from 'zod'

/** What stands in a folder of a node. */
export const folderEntry = z.object({
  name: z.string(),
  /** Of a link: what it leads to; `other` where that is nothing, and for sockets, pipes and devices. */
  is: z.enum(['file', 'folder', 'other']),
  link: z.boolean(),
  /** Bytes. */
  size: z.number(),
  /** Epoch ms. */
  modifiedAt: z.number(),
  /** False where the name is not UTF-8: it can be shown, but not asked for. */
  reachable: z.boolean(),
})
export type FolderEntry = z.infer<typeof folderEntry>

/** A folder of a node as it was when it was asked: folders first, by name. `count`: how many there are, of which only the first may be told. */
export const folder = z.object({ path: z.string(), entries: z.array(folderEntry), count: z.number() })
export type Folder = z.infer<typeof folder>

/** Where both hosts serve a file of a node: the address for a link with `download`. */
export const fileDownloadPath = (nodeId: string, path: string): string =>
  `/download/file/${nodeId}?path=${encodeURIComponent(path)}`
