// Must be imported before uPlot, which formats numbers by the browser's language as it loads, and fails where that is none: a browser
// that is started with LANG=C says `en-US@posix`.
try {
  new Intl.NumberFormat(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' })
}
