import { CopyButton } from '../ui/copy-button.tsx'
import css from './shell.module.css'

/** Shown where the engine does not know this browser: each link signs in once. Whoever has no page yet gets the host's, in the same words (main/hosts/web-pages.ts). */
export function SignedOut() {
  return (
    <main className={css.gate}>
      <div className={css.signedOut}>
        <h1>This browser is not signed in</h1>
        <p>
          Styx runs, but only lets in who opens its link, and each link signs in once. The link was used before, Styx was started
          anew, or this page was opened without one.
        </p>
        <p>For a fresh link, run this where Styx was installed. It finds the Styx that runs and prints a link:</p>
        <div className={css.command}>
          <code>npm run serve</code>
          <CopyButton text="npm run serve" label="Copy the command" />
        </div>
        <p>If it was started with STYX_HOME, set the same STYX_HOME.</p>
      </div>
    </main>
  )
}
