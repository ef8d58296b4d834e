import type { Task } from '../../../shared/task/task.ts'
import type { Given } from './draft.ts'
import type { TextChange } from './edit-text.ts'
import type { Mark } from './marks.ts'
import type { Outline } from './outline.ts'

/** What the parts of the form share: the task as it was read, and the way back into its text. */
export type FormProps = {
  task: Task | undefined
  /** Where its keys stand; null: there is nothing yet that could be shown. */
  outline: Outline | null
  /** The YAML itself is broken: the form shows what was there before, and cannot write. */
  broken: boolean
  marks: Mark[]
  given: Given
  onGiven(given: Given): void
  /** Makes a change of the text as it is now. */
  onEdit(change: (outline: Outline) => TextChange | null): void
  onGoTo(line: number): void
}
