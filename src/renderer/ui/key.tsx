import type { ReactNode } from 'react'
import css from './key.module.css'

/** A key to press. */
export const Key = ({ children }: { children: ReactNode }) => <kbd className={css.key}>{children}</kbd>
