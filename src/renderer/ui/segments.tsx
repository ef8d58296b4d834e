import type { ReactNode } from 'react'
import css from './segments.module.css'

type Props<T extends string> = {
  label: string
  value: T
  onChange(value: T): void
  /** `title`: what a picture means. */
  data: readonly { value: T; label: ReactNode; title?: string }[]
}

/** One of a few, side by side. Buttons and no radios: in a field of a form the page's own keys would be silent. */
export function Segments<T extends string>({ label, value, onChange, data }: Props<T>) {
  return (
    <fieldset className={css.segments} aria-label={label}>
      {data.map((each) => (
        <button
          key={each.value}
          type="button"
          aria-pressed={each.value === value}
          title={each.title}
          aria-label={each.title}
          onClick={() => onChange(each.value)}
        >
          {each.label}
        </button>
      ))}
    </fieldset>
  )
}
