import * as z from 'zod'

/** A pane tree is deliberately not kept: a tab is a row of panes side by side, each one terminal. */
const dockTab = z.object({
  id: z.string(),
  panes: z.array(z.string()).min(1),
  /** How much of the row a pane takes, 0 to 1; panes that are not named share the rest. */
  widths: z.record(z.string(), z.number().min(0).max(1)).optional(),
})

/** From when on something on a machine needs the user; null: it is not told. */
const threshold = (least: number, most: number) => z.number().min(least).max(most).nullable()

/** What becomes a note on a card and a notification. */
export const noteSettings = z.object({
  /** A GPU of a ready cluster does nothing for so long. */
  idle_min: threshold(1, 10_000).default(30),
  hot_C: threshold(30, 120).default(88),
  /** Slowed down by heat or by its power supply for so long. */
  throttled_s: threshold(10, 3600).default(60),
  /** So many errors that ECC could not correct. */
  ecc_errors: threshold(1, 1_000_000).default(1),
  /** An error in the kernel log is told for so long. */
  xid_min: threshold(1, 1440).default(60),
  /** A GPU, or nvidia-smi as a whole, does not answer for so long. */
  lost_s: threshold(5, 3600).default(30),
  /** Off: frameworks take the whole memory as a matter of course. */
  gpuMemory_percent: threshold(50, 100).default(null),
  memory_percent: threshold(50, 100).default(93),
  disk_percent: threshold(50, 100).default(95),
  silent_s: threshold(20, 3600).default(60),
})
export type NoteSettings = z.infer<typeof noteSettings>

/** What the clusters of the board are ordered by. `use` is taken once, when it is chosen: nothing moves because a number changed. */
export const boardSort = z.object({
  by: z.enum(['launched', 'name', 'state', 'place', 'gpus', 'use', 'jobs']),
  down: z.boolean(),
})
export type BoardSort = z.infer<typeof boardSort>

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
  notes: noteSettings.prefault({}),
  /** How lines of logs are shown. */
  log: z
    .object({ times: z.boolean().default(true), colours: z.boolean().default(true), wrap: z.boolean().default(false) })
    .prefault({}),
  board: z
    .object({
      view: z.enum(['cards', 'table', 'wall']).default('cards'),
      sort: boardSort.default({ by: 'launched', down: false }),
    })
    .prefault({}),
  /** The task that is being written, without the values of secrets. Null: none is. */
  taskDraft: z
    .object({ fileName: z.string().max(200), yaml: z.string().max(1_000_000), envs: z.record(z.string(), z.string()) })
    .nullable()
    .default(null),
  /** The newest event whose notice was seen. */
  seenEventId: z.number().int().default(0),
})
export type Settings = z.infer<typeof settings>

const { theme, notifications, terminal, dock, notes, log, board, taskDraft, seenEventId } = settings.shape

/** Some settings, each whole. Without the defaults: what is not named stays as it is, and does not fall back. */
export const settingsChange = z
  .object({
    theme: theme.unwrap(),
    notifications: notifications.unwrap(),
    terminal: terminal.unwrap(),
    dock: dock.unwrap(),
    notes: notes.unwrap(),
    log: log.unwrap(),
    board: board.unwrap(),
    taskDraft: taskDraft.unwrap(),
    seenEventId: seenEventId.unwrap(),
  })
  .partial()
