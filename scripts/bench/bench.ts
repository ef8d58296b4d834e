/** What a bench is held to. `ratio`: ours / theirs; `added`: ours − theirs, in the bench's unit. */
export type Goal = {
  is: 'none' | 'at-most' | 'at-least' | 'ratio-at-most' | 'ratio-at-least' | 'added-at-most'
  limit: number
}

/** One thing measured: a number in `unit` for each call. */
export type Side = { name: string; run(signal: AbortSignal): Promise<number> }

/** What a bench measures once its parts are up. With `against` the two run in turns: A B A B … */
export type Opened = { ours: Side; against?: Side; close(): Promise<void> }

export type Bench = {
  /** What the line says: "keystroke echo, p99". */
  name: string
  unit: string
  /** How many runs of each side, after one that is thrown away. */
  runs: number
  goal: Goal
  /** Starts what all runs share. */
  open(signal: AbortSignal): Promise<Opened>
}
