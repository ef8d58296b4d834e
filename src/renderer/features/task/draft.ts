import { useEffect, useRef, useState } from 'react'
import { withoutSecretValues } from '../../../shared/task/parse.ts'
import { liveNow, writeSettings } from '../../data/live.ts'
import { showError } from '../../ui/notice.tsx'

/** Values for variables, by name. */
export type Given = { envs: Record<string, string>; secrets: Record<string, string> }

/** Secrets live as long as this page of the browser: they are never stored. */
let secretsGiven: Record<string, string> = {}
/** The text as it is in the user's own file, as far as is known. */
let textSaved: string | null = null

/** How long after the last key the draft is written, in ms. */
const PAUSE = 600

/** The task that is being written. The engine keeps it in its settings, so that a reload, a restart and another window find it; secrets are not kept. */
export function useDraft() {
  const [kept] = useState(() => liveNow()?.settings.taskDraft ?? null)
  const [fileName, setFileName] = useState(kept?.fileName ?? 'task.yaml')
  const [text, setText] = useState(kept?.yaml ?? '')
  const [given, setGiven] = useState<Given>(() => ({ envs: kept?.envs ?? {}, secrets: secretsGiven }))
  const [saved, setSaved] = useState(textSaved)
  useEffect(() => {
    secretsGiven = given.secrets
    textSaved = saved
  }, [given.secrets, saved])

  const write = useRef(() => {})
  useEffect(() => {
    const draft = { fileName, yaml: text, envs: given.envs }
    const before = liveNow()?.settings.taskDraft
    if (before ? before.yaml === text && before.fileName === fileName && before.envs === given.envs : text === '') return
    write.current = () => {
      write.current = () => {}
      const yaml = withoutSecretValues(draft.yaml)
      // What the contract does not let through is not kept; the problems say that it is too large.
      if (yaml.length <= 1_000_000) writeSettings({ taskDraft: yaml === '' ? null : { ...draft, yaml } }).catch(showError)
    }
    const timer = setTimeout(() => write.current(), PAUSE)
    return () => clearTimeout(timer)
  }, [fileName, text, given.envs])
  useEffect(() => {
    const flush = () => write.current()
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [])
  return { fileName, setFileName, text, setText, saved, setSaved, given, setGiven }
}
