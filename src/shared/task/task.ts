/** An amount as SkyPilot writes it: `8`, or `8+` for at least 8. */
export type Amount = { value: number; atLeast: boolean }

/** What one candidate must have. Null: whatever there is. */
export type TaskResources = {
  /** `infra: aws/us-east-1/us-east-1a`, `k8s/CONTEXT`, or cloud, region and zone; '' where nothing is asked for. */
  infra: string | null
  /** Any one of these: `accelerators` as string, list or map. Empty: no GPU is asked for. */
  accelerators: { name: string; count: number }[]
  cpus: Amount | null
  memory_GB: Amount | null
  disk_GB: number | null
  useSpot: boolean
}

/** A Git repository; `ref` is a branch, a tag or a commit, null: what it shows by itself. */
export type GitSource = { url: string; ref: string | null }

/** A task file's document, checked and in one form. Every known key that is not here was refused by name. */
export type Task = {
  name: string | null
  /** A folder of this computer that is sent along, absolute or from the home folder; or a repository. */
  workdir: string | GitSource | null
  numNodes: number
  /** The candidates in the order of the file (`any_of`, `ordered`); one for a plain `resources`. */
  resources: TaskResources[]
  /** Null: a value is still to be given. */
  envs: Record<string, string | null>
  secrets: Record<string, string | null>
  /** Where on the node → which file or folder of this computer, or an address that the node fetches (far-source.ts). */
  fileMounts: Record<string, string>
  setup: string | null
  run: string | null
  /** `autostop`/`autodown` of the file; null: not said. */
  autostop: { idle_minutes: number; down: boolean } | null
}

/** Something wrong in a task file, where it stands. Lines and columns count from 1; offsets are UTF-16 units of the text. */
export type TaskProblem = {
  /** E.g. `task.unknown-key`. */
  code: string
  message: string
  /** What to do, in words; '' where the message says it. */
  suggestion: string
  /** The key's path, e.g. `resources.accelerators`; '' for the document. */
  path: string
  from: number
  to: number
  line: number
  column: number
  /** What a click on "Fix" puts in the place of `from`–`to`. */
  fix: string | null
}
