import { CopyButton } from '../ui/copy-button.tsx'
import css from './shell.module.css'

/** Shown after Quit, where the page outlives the engine. */
export function Ended() {
  return (
    <main className={css.gate}>
      <div className={css.signedOut}>
        <h1>Styx has ended</h1>
        <p>Clusters stay as they are. You can close this page.</p>
        <p>To go on, run this where Styx was installed, and open the link that it prints:</p>
        <div className={css.command}>
          <code>npm start</code>
          <CopyButton text="npm start" label="Copy the command" />
        </div>
      </div>
    </main>
  )
}
