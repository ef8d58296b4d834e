import { Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import { forwardRef } from 'react'

/** A button that goes to a page: a real link, so that it opens in a new tab too. */
export const LinkButton = createLink(
  forwardRef<HTMLAnchorElement, Omit<ButtonProps, 'href'>>((props, ref) => <Button ref={ref} component="a" {...props} />),
)
