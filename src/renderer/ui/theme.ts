import {
  ActionIcon,
  Button,
  type CSSVariablesResolver,
  createTheme,
  Menu,
  Modal,
  Notification,
  NumberInput,
  Popover,
  SegmentedControl,
  Switch,
  TextInput,
  Tooltip,
} from '@mantine/core'

/** Mantine, mapped on the tokens: dense, 13 px, lines instead of shadows. How its parts look beyond that is in mantine.css. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'accent',
  colors: {
    accent: ['#eef0ff', '#dde0ff', '#b9c0ff', '#a2abff', '#8b97ff', '#7480f4', '#5763e6', '#4a58e0', '#3d49c4', '#2f399f'],
  },
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '14px', xl: '16px' },
  lineHeights: { xs: '18px', sm: '20px', md: '20px', lg: '22px', xl: '24px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '10px', xl: '14px' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  shadows: { xs: 'none', sm: 'none', md: 'none', lg: 'none', xl: 'none' },
  components: {
    Button: Button.extend({ defaultProps: { variant: 'default', size: 'xs' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 28 } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'sm' } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close the notice' } } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'sm' } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs', transitionDuration: 120 } }),
    Switch: Switch.extend({ defaultProps: { size: 'sm', withThumbIndicator: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withinPortal: true } }),
    Menu: Menu.extend({
      defaultProps: {
        position: 'bottom-end',
        transitionProps: { duration: 120 },
        withinPortal: false,
        withInitialFocusPlaceholder: false, // an element that no menu may hold, says axe
      },
    }),
    Popover: Popover.extend({ defaultProps: { transitionProps: { duration: 120 } } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        closeButtonProps: { 'aria-label': 'Close' },
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.5 },
      },
    }),
  },
})

/** Mantine's own colours from the tokens, the same in both schemes: the tokens themselves change. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--window)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-3)',
    '--mantine-color-placeholder': 'var(--text-3)',
    '--mantine-color-error': 'var(--failed)',
    '--mantine-color-anchor': 'var(--accent-text)',
    '--mantine-color-default': 'var(--card)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-accent-filled': 'var(--accent-fill)',
    '--mantine-color-accent-filled-hover': 'color-mix(in srgb, var(--accent-fill) 88%, black)',
    '--mantine-primary-color-filled': 'var(--accent-fill)',
    '--mantine-primary-color-filled-hover': 'color-mix(in srgb, var(--accent-fill) 88%, black)',
  }
  return { variables: {}, dark: both, light: both }
}
