import { quit } from '../data/quit.ts'
import { confirm } from './confirm.tsx'

/** Asks, and ends Styx. */
export function askQuit() {
  confirm({
    title: 'Quit Styx?',
    children: (
      <p>
        Terminals on this machine <strong>end</strong>; their text is kept. What Styx is doing to clusters pauses and goes on at
        the next start. Clusters themselves stay as they are.
      </p>
    ),
    keep: 'Go on',
    choices: [{ label: 'Quit', primary: true, run: quit }],
  })
}
