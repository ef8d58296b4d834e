import { ActionIcon, Button, Menu, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconArrowDown, IconArrowUp, IconGridDots, IconLayoutGrid, IconList, IconSearch, IconX } from '@tabler/icons-react'
import { useRef } from 'react'
import type { Settings } from '../../../shared/settings.ts'
import { useSettings, writeSettings } from '../../data/live.ts'
import type { Tone } from '../../data/words.ts'
import { Chip, Chips } from '../../ui/chip.tsx'
import { showError } from '../../ui/notice.tsx'
import { Segments } from '../../ui/segments.tsx'
import css from './board-tools.module.css'
import { type Filter, isIn } from './filter.ts'
import type { BoardItem } from './items.ts'
import { orders, type SortKey } from './sort.ts'

type Props = { items: readonly BoardItem[]; filter: Filter; onFilter(filter: Filter): void }

const states: { show: Filter['show']; word: string; tone: Tone | null }[] = [
  { show: 'all', word: 'All', tone: null },
  { show: 'ready', word: 'Ready', tone: 'ready' },
  { show: 'needs', word: 'Needs you', tone: 'needs' },
  { show: 'stopped', word: 'Stopped', tone: 'off' },
  { show: 'ended', word: 'Ended', tone: 'off' },
]

/** Writes what the user chose of the board; the rest of it stays. */
export const chooseBoard = (board: Settings['board']) => void writeSettings({ board }).catch(showError)

/** Which clusters are shown, and in which order. */
export function BoardTools({ items, filter, onFilter }: Props) {
  return (
    <div className={css.tools}>
      <Filters items={items} filter={filter} onFilter={onFilter} />
      <div className={css.end}>
        <Find words={filter.words} onChange={(words) => onFilter({ ...filter, words })} />
        <Order />
      </div>
    </div>
  )
}

function Filters({ items, filter, onFilter }: Props) {
  const places = [...new Map(items.flatMap(({ place }) => (place ? [[place.id, place.name] as const] : [])))]
  return (
    <div className={css.chips}>
      <Chips label="Show">
        {states.map(({ show, word, tone }) => {
          const n = items.filter(({ group }) => isIn(show, group)).length
          if (show !== 'all' && n === 0 && show !== filter.show) return null
          return (
            <Chip key={show} tone={tone} n={n} chosen={show === filter.show} onChoose={() => onFilter({ ...filter, show })}>
              {word}
            </Chip>
          )
        })}
      </Chips>
      {places.length > 1 && (
        <Chips label="Place">
          {places.map(([id, name]) => {
            const n = items.filter(({ cluster, group }) => cluster.placeId === id && isIn(filter.show, group)).length
            const chosen = filter.placeId === id
            return (
              <Chip key={id} n={n} chosen={chosen} onChoose={() => onFilter({ ...filter, placeId: chosen ? null : id })}>
                {name}
              </Chip>
            )
          })}
        </Chips>
      )}
    </div>
  )
}

function Find({ words, onChange }: { words: string; onChange(words: string): void }) {
  const field = useRef<HTMLInputElement>(null)
  useHotkeys([['/', () => field.current?.focus()]])
  return (
    <TextInput
      ref={field}
      className={css.find}
      aria-label="Find a cluster"
      aria-keyshortcuts="/"
      placeholder="Find a cluster"
      spellCheck={false}
      autoComplete="off"
      value={words}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        onChange('')
        field.current?.blur()
      }}
      leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
      rightSection={
        words && (
          <ActionIcon size={20} aria-label="Find all again" onClick={() => onChange('')}>
            <IconX size={13} stroke={1.75} />
          </ActionIcon>
        )
      }
    />
  )
}

function Order() {
  const { board } = useSettings()
  const { by, down } = board.sort
  const Arrow = down ? IconArrowDown : IconArrowUp
  return (
    <Menu>
      <Menu.Target>
        <Button
          className={css.order}
          title="In which order"
          aria-label={`Order: ${orders[by].word}, ${down ? 'down' : 'up'}`}
          rightSection={<Arrow size={13} stroke={1.75} aria-hidden />}
        >
          {orders[by].word}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(orders) as SortKey[]).map((key) => (
          <Menu.Item
            key={key}
            rightSection={key === by && <Arrow size={13} stroke={1.75} aria-hidden />}
            onClick={() => chooseBoard({ ...board, sort: { by: key, down: key === by ? !down : orders[key].down } })}
          >
            {orders[key].word}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

const views = [
  { value: 'cards', word: 'Cards', Icon: IconLayoutGrid },
  { value: 'table', word: 'Table', Icon: IconList },
  { value: 'wall', word: 'GPU wall', Icon: IconGridDots },
] as const

/** Cards, a table, or the wall of GPUs. */
export function BoardViews() {
  const { board } = useSettings()
  useHotkeys([
    [
      'v',
      () => {
        const next = views[(views.findIndex(({ value }) => value === board.view) + 1) % views.length]!
        chooseBoard({ ...board, view: next.value })
      },
    ],
  ])
  return (
    <Segments
      label="View"
      value={board.view}
      onChange={(view) => chooseBoard({ ...board, view })}
      data={views.map(({ value, word, Icon }) => ({
        value,
        title: word,
        label: <Icon size={16} stroke={1.75} aria-hidden />,
      }))}
    />
  )
}
