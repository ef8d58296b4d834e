import * as z from 'zod'

/** xterm cannot lay out less, and a PTY takes 16 bits. */
export const terminalSize = z.object({
  cols: z.number().int().min(2).max(1000),
  rows: z.number().int().min(1).max(1000),
})
export type TerminalSize = z.infer<typeof terminalSize>

/** What is typed into several shells at once; each gets it as its own modes want it. */
export const terminalKey = z.discriminatedUnion('is', [
  z.object({ is: z.literal('text'), text: z.string().max(65_536) }),
  /** An arrow, Home or End, by its last letter. */
  z.object({ is: z.literal('cursor'), key: z.enum(['A', 'B', 'C', 'D', 'H', 'F']) }),
  z.object({ is: z.literal('paste'), text: z.string().max(1024 * 1024) }),
])
export type TerminalKey = z.infer<typeof terminalKey>

/** A shell on a node, or on the machine of a place that has no cluster yet. Its bytes go over the byte channel, stream `terminal:ID`. */
export const terminal = z.object({
  id: z.string(),
  placeId: z.string(),
  /** Null for a terminal opened on the place itself. */
  clusterId: z.string().nullable(),
  nodeId: z.string().nullable(),
  /** What the tab says: the node's name, or the user's own. */
  title: z.string(),
  size: terminalSize,
  createdAt: z.number(),
  /** tmux on the node keeps the shell while nobody is connected. */
  kept: z.boolean().default(false),
  /** Since when the connection to the shell is lost (epoch ms); it is looked for by itself. */
  lostAt: z.number().nullable().default(null),
  /** Set once the shell is gone; its text stays until the tab is closed. */
  ended: z.object({ at: z.number(), why: z.string(), exitCode: z.number().int().nullable() }).nullable(),
})
export type Terminal = z.infer<typeof terminal>
