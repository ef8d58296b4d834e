import { Fragment } from 'react'

/** A sentence in which `code` stands as code. */
export const Words = ({ children }: { children: string }) =>
  children.split('`').map((part, i) => (i % 2 === 0 ? <Fragment key={i}>{part}</Fragment> : <code key={i}>{part}</code>))
