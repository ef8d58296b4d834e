import * as z from 'zod'

/** A pane tree is deliberately not kept: a tab is a row of panes side by side, each one terminal. */
const dockTab = z.object({ id: z.string(), panes: z.array(z.string()).min(1) })

/** What the user chose, and where the screen was. Kept by the engine, so that every window and both hosts agree. */
export const settings = z.object({
  theme: z.enum(['system', 'dark', 'light']).default('system'),
  /** Toasts and desktop notices for what needs the user. */
  notifications: z.boolean().default(true),
  terminal: z
    .object({
      fontSize_px: z.number().min(8).max(32).default(13),
      scrollback_lines: z.number().int().min(0).max(100_000).default(10_000),
      /** May what runs on a node put text on the clipboard (OSC 52)? Off by default: output is hostile until the user says otherwise. */
      clipboardWrite: z.boolean().default(false),
    })
    .prefault({}),
  dock: z
    .object({
      open: z.boolean().default(false),
      height_px: z.number().min(120).max(4000).default(280),
      tabs: z.array(dockTab).default([]),
      active: z.string().nullable().default(null),
    })
    .prefault({}),
  /** The newest event whose notice was seen. */
  seenEventId: z.number().int().default(0),
})
export type Settings = z.infer<typeof settings>

const { theme, notifications, terminal, dock, seenEventId } = settings.shape

/** Some settings, each whole. Without the defaults: what is not named stays as it is, and does not fall back. */
export const settingsChange = z
  .object({
    theme: theme.unwrap(),
    notifications: notifications.unwrap(),
    terminal: terminal.unwrap(),
    dock: dock.unwrap(),
    seenEventId: seenEventId.unwrap(),
  })
  .partial()
