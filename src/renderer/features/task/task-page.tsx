import { Badge, Button, NativeSelect } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconDeviceFloppy, IconFileCode, IconFolderOpen } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { parseTasks, withoutSecretValues } from '../../../shared/task/parse.ts'
import { api } from '../../rpc/connection.ts'
import { Key } from '../../ui/key.tsx'
import { showError } from '../../ui/notice.tsx'
import { Crumb, modKey, Page } from '../../ui/page.tsx'
import { AgainLike } from './again.tsx'
import { useDraft } from './draft.ts'
import { difference, type TextChange } from './edit-text.ts'
import { Editor } from './editor.tsx'
import type { TaskEditor } from './editor-view.ts'
import { handedOver, type Mark, markOf, missingValues, secretMarks, takenOut } from './marks.ts'
import { readTaskFile, saveAsFile } from './open-file.ts'
import { type Outline, outlineOf } from './outline.ts'
import { Problems } from './problems.tsx'
import { RunCard } from './run-card.tsx'
import { useTarget } from './target.ts'
import css from './task.module.css'
import { TaskForm } from './task-form.tsx'
import { useFileDrop } from './use-file-drop.ts'
import { valueId } from './variables.tsx'
import { Where } from './where.tsx'

const route = getRouteApi('/task')

/** A task as text and as a form, each following the other, and where it is to run. */
export function TaskPage() {
  const asked = route.useSearch()
  const go = route.useNavigate()
  const { fileName, setFileName, text, setText, saved, setSaved, given, setGiven } = useDraft()
  const [replaced, setReplaced] = useState(false)
  const [caret, setCaret] = useState({ line: 1, column: 1 })
  const [chosen, setChosen] = useState(0)
  const [opened, setOpened] = useState(0)
  const editor = useRef<TaskEditor>(null)
  const picker = useRef<HTMLInputElement>(null)
  const target = useTarget(asked)

  // A long text is read when there is time: typing does not wait for it.
  const seen = useDeferredValue(text)
  const parsed = useMemo(() => parseTasks(seen), [seen])
  const { tasks } = parsed
  const at = Math.min(chosen, Math.max(tasks.length - 1, 0))
  const task = tasks[at]?.task
  const outline = useMemo(() => outlineOf(seen, tasks[at]?.from ?? 0), [seen, tasks, at])
  const shown = useLastGood(
    useMemo(() => ({ task, outline }), [task, outline]),
    outline !== null,
    opened,
  )
  const marks = useMemo(() => [...parsed.problems.map(markOf), ...secretMarks(seen, parsed)], [parsed, seen])

  const setSecrets = useCallback(
    (secrets: Record<string, string>) => setGiven((now) => ({ ...now, secrets: { ...now.secrets, ...secrets } })),
    [setGiven],
  )
  /** Secrets that stand in the text go into the form. */
  const takeSecrets = useCallback(() => {
    const { text: clean, secrets } = takenOut(editor.current?.text() ?? '')
    setSecrets(secrets)
    replaceText(editor.current, clean)
  }, [setSecrets])
  const open = useCallback(
    (name: string, content: string) => {
      setFileName(name)
      setOpened((times) => times + 1)
      setChosen(0)
      const { text: clean, secrets } = takenOut(content)
      setSecrets(secrets)
      setSaved(clean)
      const before = editor.current?.text() ?? ''
      replaceText(editor.current, clean)
      setReplaced(before !== '' && before !== clean)
      editor.current?.focus()
    },
    [setFileName, setSaved, setSecrets],
  )
  const openFile = useCallback(
    (file: File) =>
      void readTaskFile(file)
        .then((opened) => open(file.name, opened))
        .catch(showError),
    [open],
  )
  const dropping = useFileDrop({ onFile: openFile, onText: (pasted) => open('pasted.yaml', pasted) })
  const openAgain = useCallback(
    (jobId: string) =>
      void api.jobs
        .task({ jobId })
        .then(({ yaml }) => open('task.yaml', yaml))
        .catch(showError),
    [open],
  )
  useEffect(() => {
    if (asked.again === undefined) return
    openAgain(asked.again)
    // A reload goes on with what became of it.
    go({ to: '/task', search: { ...asked, again: undefined }, replace: true })
  }, [asked, openAgain, go])
  const save = () => {
    const clean = withoutSecretValues(text)
    saveAsFile(fileName, clean)
    setSaved(clean)
  }
  useHotkeys([['mod+S', save]], [], true)

  const edit = (make: (outline: Outline) => TextChange | null) => {
    const now = editor.current?.text() ?? text
    const current = outlineOf(now, parseTasks(now).tasks[at]?.from ?? 0)
    const change = current && make(current)
    if (change) editor.current?.change(change)
  }
  const fix = (mark: Mark) => {
    if (mark.tone === 'warning') takeSecrets()
    else if (mark.fix && seen === editor.current?.text()) editor.current.change(mark.fix.change)
  }
  const goTo = (mark: Pick<Mark, 'from' | 'to'>) => editor.current?.goTo(mark.from, mark.to)

  const missing = missingValues(task, given)
  return (
    <Page
      title="Write a task"
      lead={
        <>
          <Crumb below="Jobs" />
          <h1>Write a task</h1>
          {text !== '' && text !== saved && (
            <Badge variant="default" size="sm" radius="sm" className={css.notSaved}>
              {saved === null ? 'draft' : 'not saved'}
            </Badge>
          )}
        </>
      }
      actions={
        <>
          <input
            ref={picker}
            type="file"
            accept=".yaml,.yml,.txt,text/*,application/yaml"
            className="visually-hidden"
            aria-label="Task file to open"
            tabIndex={-1}
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? []
              if (file) openFile(file)
              currentTarget.value = ''
            }}
          />
          <Button leftSection={<IconFolderOpen size={15} stroke={1.75} />} onClick={() => picker.current?.click()}>
            Open…
          </Button>
          <AgainLike onChoose={openAgain} />
          <Button
            leftSection={<IconDeviceFloppy size={15} stroke={1.75} />}
            rightSection={<Key>{modKey} S</Key>}
            disabled={text === ''}
            onClick={save}
          >
            Save
          </Button>
        </>
      }
    >
      <div className={css.columns} data-dropping={dropping}>
        <section className={css.editor} aria-label="Text">
          <header>
            <span className={css.file}>
              <IconFileCode size={15} stroke={1.75} aria-hidden />
              {fileName}
            </span>
            {tasks.length > 1 && (
              <NativeSelect
                size="xs"
                aria-label="Task of this file"
                value={at}
                data={tasks.map((one, i) => ({ value: String(i), label: one.task.name ?? `task ${i + 1}` }))}
                onChange={({ currentTarget }) => {
                  const index = Number(currentTarget.value)
                  setChosen(index)
                  goTo({ from: tasks[index]!.from, to: tasks[index]!.from })
                }}
              />
            )}
            <span className={css.kind}>{replaced ? `${modKey} Z brings back what was here` : 'SkyPilot task'}</span>
          </header>
          <Editor
            ref={editor}
            text={text}
            marks={marks}
            onText={(next) => {
              setText(next)
              setReplaced(false)
            }}
            onCaret={(line, column) => setCaret({ line, column })}
            onPaste={takeSecrets}
            onFix={fix}
          />
          <Problems marks={marks} caret={caret} lines={text.split('\n').length} onGoTo={goTo} onFix={fix} />
        </section>
        <div className={css.side}>
          <div className={css.above}>
            <TaskForm
              task={shown.task}
              outline={shown.outline}
              broken={outline === null}
              marks={marks}
              given={given}
              onGiven={setGiven}
              onEdit={edit}
              onGoTo={(line) => {
                const from =
                  seen
                    .split('\n')
                    .slice(0, line - 1)
                    .join('\n').length + (line > 1 ? 1 : 0)
                goTo({ from, to: from })
              }}
            />
            <Where target={target} />
          </div>
          <RunCard
            task={task}
            target={target}
            first={firstThing(
              marks.find(({ tone }) => tone === 'error'),
              task !== undefined,
              missing[0],
            )}
            request={(whenDone) => ({
              yaml: withoutSecretValues(text),
              document: at,
              ...handedOver(task, given),
              whenDone,
            })}
          />
        </div>
      </div>
    </Page>
  )

  function firstThing(mark: Mark | undefined, any: boolean, needed: (typeof missing)[number] | undefined) {
    if (mark)
      return {
        words: `Fix line ${mark.line} first. Until then the button takes you there and makes nothing.`,
        wrong: true,
        go: () => goTo(mark),
      }
    if (!any) return { words: 'Write a task first, or open one.', wrong: false, go: () => editor.current?.focus() }
    if (needed)
      return {
        words: `Give \`${needed.name}\` a value first.`,
        wrong: false,
        go: () => document.getElementById(valueId(needed.of, needed.name))?.focus(),
      }
    return null
  }
}

/** While it is bad: the value as it was last good since `from` changed, so that the form does not go blank at every other key. */
function useLastGood<T>(value: T, isGood: boolean, from: unknown): T {
  const [last, setLast] = useState({ value, from })
  if (last.value !== value && (isGood || last.from !== from)) setLast({ value, from })
  return isGood || last.from !== from ? value : last.value
}

/** Only what differs is replaced, so that the caret and the view stay, and Undo brings back what was there. */
function replaceText(editor: TaskEditor | null, text: string): void {
  const old = editor?.text()
  if (editor && old !== text) editor.change(difference(old ?? '', text))
}
