import { NativeSelect } from '@mantine/core'
import { IconCheck, IconFolder } from '@tabler/icons-react'
import { isScalar } from 'yaml'
import { count } from '../../data/words.ts'
import { Card } from '../../ui/card.tsx'
import { isPlain, removeKey, setValue, written } from './edit-text.ts'
import { Field, FieldHead } from './field.tsx'
import type { FormProps } from './form.ts'
import { isAt } from './marks.ts'
import { find, linesOf, linesWords } from './outline.ts'
import css from './task.module.css'
import { Variables } from './variables.tsx'

/** The same task as a form: each field is a piece of the text, and writes there. */
export function TaskForm(props: FormProps) {
  const { task, outline, broken, marks, onEdit, onGoTo } = props
  const raw = (path: string[]): string | null => {
    const value = outline ? (find(outline, path)?.pair.value ?? null) : null
    if (!isPlain(value)) return null
    return isScalar(value) ? (typeof value.value === 'string' ? value.value : (value.source ?? '')) : ''
  }
  const lines = (path: string[]) => linesWords(outline && linesOf(outline, path))
  const markOf = (path: string[]) => marks.find((mark) => isAt(mark, path))
  const write = (path: string[], value: string) =>
    onEdit((now) => (value === '' ? removeKey(now, path) : setValue(now, path, value)))
  const field = (label: string, path: string[], onWrite: (value: string) => void) => {
    const mark = markOf(path)
    // A key that is misspelt: its value is shown, and belongs to the text until the key is right.
    const misspelt = mark && mark.path !== path.join('.') ? raw(mark.path.split('.')) : ''
    const value = raw(path) || misspelt
    return {
      label,
      value: value ?? 'see the text',
      lines: lines(path),
      mark,
      readOnly: broken || value === null || Boolean(misspelt),
      onWrite,
    }
  }
  const text = (label: string, path: string[]) => field(label, path, (value) => write(path, value === '' ? '' : written(value)))

  const gpuPath = ['resources', 'accelerators']
  const writeGpu = (name: string, count: string) => write(gpuPath, name === '' ? '' : count === '' ? name : `${name}:${count}`)
  const gpuField = field('GPU', gpuPath, (name) => writeGpu(name.trim(), perNode))
  const [gpu = '', perNode = ''] = gpuField.value.split(':')
  const candidates = outline ? (find(outline, ['resources', 'any_of']) ?? find(outline, ['resources', 'ordered'])) : null
  return (
    <Card
      title="The same as a form"
      note="each side follows the other"
      end={
        !broken ? (
          <span className={css.inStep}>
            <IconCheck size={14} aria-hidden /> in step
          </span>
        ) : (
          <span className={css.outOfStep}>mend the text first</span>
        )
      }
    >
      <div className={css.form}>
        <div className={css.row2}>
          <Field {...text('Name', ['name'])} placeholder="what the job is called" />
          <Field
            {...text('Workdir', ['workdir'])}
            placeholder="no folder is sent along"
            leftSection={<IconFolder size={15} stroke={1.75} aria-hidden />}
          />
        </div>
        <div className={css.row4}>
          <Field {...gpuField} value={gpu} placeholder="none" />
          <Field
            {...gpuField}
            label="Per node"
            lines=""
            mark={undefined}
            value={gpu === '' || raw(gpuPath) === null ? '' : perNode || '1'}
            placeholder="–"
            readOnly={gpuField.readOnly || gpu === ''}
            inputMode="numeric"
            onWrite={(value) => writeGpu(gpu, value.trim() === '1' ? '' : value.trim())}
          />
          <Field
            {...field('Nodes', ['num_nodes'], (value) => write(['num_nodes'], value.trim()))}
            placeholder="1"
            inputMode="numeric"
          />
          <div>
            <FieldHead label="Price" lines={lines(['resources', 'use_spot'])} mark={markOf(['resources', 'use_spot'])} />
            <NativeSelect
              aria-label="Price"
              size="sm"
              disabled={broken}
              value={task?.resources[0]?.useSpot ? 'spot' : 'on-demand'}
              data={[
                { value: 'on-demand', label: 'On-demand' },
                { value: 'spot', label: 'Spot' },
              ]}
              onChange={({ currentTarget }) => write(['resources', 'use_spot'], currentTarget.value === 'spot' ? 'true' : '')}
            />
          </div>
        </div>
        <div className={css.row3}>
          <Field
            {...field('Cores', ['resources', 'cpus'], (value) => write(['resources', 'cpus'], value.trim()))}
            placeholder="any"
          />
          <Field
            {...field('Memory, GB', ['resources', 'memory'], (value) => write(['resources', 'memory'], value.trim()))}
            placeholder="any"
          />
          <Field {...text('Infra', ['resources', 'infra'])} placeholder="anywhere" />
        </div>
        {candidates && task && (
          <p className={css.hint}>
            {task.resources.length} candidates stand in the text, {lines(['resources', candidates.pair.key.value as string])}.
          </p>
        )}
        <Variables {...props} />
        <div className={css.row2}>
          <Script {...{ label: 'Setup', of: 'setup', task, outline, broken, marks, onEdit, onGoTo }} />
          <Script {...{ label: 'Run', of: 'run', task, outline, broken, marks, onEdit, onGoTo }} />
        </div>
      </div>
    </Card>
  )
}

type ScriptProps = Pick<FormProps, 'task' | 'outline' | 'broken' | 'marks' | 'onEdit' | 'onGoTo'> & {
  label: string
  of: 'setup' | 'run'
}

/** The first line of the commands; a click goes to them. */
function Script({ label, of, task, outline, broken, marks, onEdit, onGoTo }: ScriptProps) {
  const at = outline && linesOf(outline, [of])
  const commands = (task?.[of] ?? '').split('\n').filter((line) => line.trim() !== '')
  const mark = marks.find((one) => isAt(one, [of]))
  return (
    <div>
      <FieldHead label={label} lines={linesWords(at)} mark={mark} />
      <button
        type="button"
        className={css.script}
        disabled={broken && !at}
        aria-label={at ? `${label}: go to its lines` : `${label}: write it`}
        onClick={() => (at ? onGoTo(at[0]) : onEdit((now) => setValue(now, [of], '|\n  echo')))}
      >
        <code data-none={!commands[0]}>{commands[0] ?? (at ? '…' : 'write it')}</code>
        {commands.length > 1 && <span>+{count(commands.length - 1, 'line')}</span>}
      </button>
    </div>
  )
}
