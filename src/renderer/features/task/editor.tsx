import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'react'
import { openEditor, type TaskEditor } from './editor-view.ts'
import type { Mark } from './marks.ts'
import css from './task.module.css'

type Props = {
  text: string
  marks: Mark[]
  ref: Ref<TaskEditor>
  onText(text: string): void
  onCaret(line: number, column: number): void
  onPaste(): void
  onFix(mark: Mark): void
}

/** The editor as a part of the page. It begins with the text; from then on the text is its own. */
export function Editor({ ref, marks, ...props }: Props) {
  const element = useRef<HTMLDivElement>(null)
  const editor = useRef<TaskEditor>(null)
  const latest = useRef(props)
  useEffect(() => {
    latest.current = props
  })
  useLayoutEffect(() => {
    const opened = openEditor({
      element: element.current!,
      text: latest.current.text,
      onText: (text) => latest.current.onText(text),
      onCaret: (line, column) => latest.current.onCaret(line, column),
      onPaste: () => latest.current.onPaste(),
      onFix: (mark) => latest.current.onFix(mark),
    })
    editor.current = opened
    return () => opened.dispose()
  }, [])
  useEffect(() => editor.current?.mark(marks), [marks])
  useImperativeHandle(ref, () => editor.current!, [])
  return <div ref={element} className={css.code} />
}
