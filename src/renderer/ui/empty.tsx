import type { IconProps } from '@tabler/icons-react'
import type { ComponentType, ReactNode } from 'react'
import css from './empty.module.css'

type Props = { icon: ComponentType<IconProps>; title: string; children?: ReactNode; actions?: ReactNode }

/** A place with nothing in it, said in words, with the way on. */
export function Empty({ icon: Icon, title, children, actions }: Props) {
  return (
    <div className={css.empty}>
      <Icon size={28} stroke={1.5} aria-hidden />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className={css.actions}>{actions}</div>}
    </div>
  )
}

/** Says that something is being read, only when it takes long enough to be noticed. */
export function Loading({ children }: { children: ReactNode }) {
  return (
    <div className={`${css.empty} ${css.loading}`} role="status">
      <p>{children}</p>
    </div>
  )
}
