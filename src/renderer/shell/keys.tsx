import { Modal } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Key } from '../ui/key.tsx'
import { modKey } from '../ui/page.tsx'
import css from './keys.module.css'

/** Every key of the app, and the page that lists them. While a field or a terminal has the focus, plain keys are its own. */
export function Keys() {
  const [open, setOpen] = useState(false)
  const go = useNavigate()
  useHotkeys([
    ['1', () => go({ to: '/' })],
    ['2', () => go({ to: '/gpus' })],
    ['4', () => go({ to: '/events' })],
    ['3', () => go({ to: '/jobs' })],
    [',', () => go({ to: '/settings' })],
    ['l', () => go({ to: '/launch' })],
    ['r', () => go({ to: '/task' })],
    ['shift+?', () => setOpen(true)],
    ['?', () => setOpen(true)],
  ])
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title="Keys" size={620}>
      <div className={css.columns}>
        {groups.map(({ name, keys }) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>{what}</dt>
                  <dd>
                    {key.split(' ').map((part) => (
                      <Key key={part}>{part}</Key>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  )
}

/** Inside a terminal Ctrl alone belongs to the shell. */
const shellKey = modKey === 'Ctrl' ? 'Ctrl Shift' : modKey

const groups: { name: string; keys: [string, string][] }[] = [
  {
    name: 'Anywhere',
    keys: [
      [`${modKey} K`, 'Go anywhere, do anything'],
      ['1', 'Board'],
      ['2', 'GPUs'],
      ['4', 'Events'],
      ['3', 'Jobs'],
      [',', 'Settings'],
      ['L', 'Launch a cluster'],
      ['R', 'Write a task and run it'],
      ['?', 'These keys'],
    ],
  },
  {
    name: 'On the board',
    keys: [
      ['V', 'Cards, table, GPU wall'],
      ['/', 'Find a cluster'],
      ['↓ J', 'Next cluster'],
      ['↑ K', 'Cluster before'],
      ['← → ↑ ↓', 'On the wall: the GPU beside it'],
      ['Enter', 'Open it'],
    ],
  },
  {
    name: 'Writing a task',
    keys: [
      [`${modKey} Space`, 'What may stand here'],
      [`${modKey} .`, 'Fix what is wrong on this line'],
      ['F8', 'Next problem'],
      [`${modKey} S`, 'Save as a file'],
      ['Esc Tab', 'Leave the text'],
    ],
  },
  {
    name: 'In a log',
    keys: [
      ['F', 'Follow, or stay'],
      ['/', 'Search'],
      ['N', 'Next hit; with Shift the one before'],
      ['G', 'Start; with Shift the end'],
      ['T', 'Go to a time or a line'],
      ['W', 'Wrap long lines'],
      [`${modKey} A`, 'Select all'],
      [`${modKey} C`, 'Copy what is selected'],
    ],
  },
  {
    name: 'In a list of jobs',
    keys: [
      ['↓ ↑', 'Next job, job before'],
      ['Enter', 'Open the job'],
      ['L', 'Its log, in the dock'],
    ],
  },
  {
    name: 'Dock and terminals',
    keys: [
      [`${modKey} \``, 'Show or hide the dock'],
      [`${shellKey} C`, 'Copy from a terminal'],
      [`${shellKey} V`, 'Paste into it'],
      [`${shellKey} F`, 'Search in it'],
      [`${shellKey} → ←`, 'Next tab, tab before'],
    ],
  },
]
