import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import { openTerminal, type TerminalTarget } from '../../data/dock.ts'
import { useAllNodes, useClusters, usePlaces } from '../../data/live.ts'
import { nodeName } from '../../data/words.ts'

type Choice = { key: string; label: string; target: TerminalTarget }

/** Opens a shell: at once where there is one machine to choose, else by a list, with the nodes of the cluster on the screen first. */
export function NewShell() {
  const choices = useChoices()
  const [only, ...more] = choices
  if (!only) return null
  const plus = <IconPlus size={16} stroke={1.75} />
  if (more.length === 0)
    return (
      <Tooltip label={`New terminal on ${only.label}`}>
        <ActionIcon aria-label="New terminal" onClick={() => void openTerminal(only.target)}>
          {plus}
        </ActionIcon>
      </Tooltip>
    )
  return (
    <Menu position="top-start">
      <Menu.Target>
        <ActionIcon aria-label="New terminal">{plus}</ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>New terminal on</Menu.Label>
        {choices.map(({ key, label, target }) => (
          <Menu.Item key={key} onClick={() => void openTerminal(target)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function useChoices(): Choice[] {
  const { clusterId } = useParams({ strict: false })
  const clusters = useClusters()
  const nodes = useAllNodes()
  const places = usePlaces()
  const ofNodes = [...clusters]
    .sort((a, b) => Number(b.id === clusterId) - Number(a.id === clusterId))
    .flatMap((cluster) =>
      (nodes[cluster.id] ?? [])
        .filter(({ state, endpoint }) => state === 'up' && endpoint !== null)
        .map(
          (node): Choice => ({
            key: node.id,
            label: `${cluster.name}, ${nodeName(node)}`,
            target: { is: 'node', nodeId: node.id },
          }),
        ),
    )
  const ofPlaces = places
    .filter(({ kind }) => kind === 'local')
    .map((place): Choice => ({ key: place.id, label: place.name, target: { is: 'place', placeId: place.id } }))
  return [...ofNodes, ...ofPlaces]
}
