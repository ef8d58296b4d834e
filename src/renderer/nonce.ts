// Must be the first import of main.tsx: xterm and Mantine's Modal make <style> elements by themselves, and the CSP asks for the nonce
// of this load on each of them. It stands on our own <script>, where the page may read it and injected markup may not.
const nonce = document.querySelector<HTMLElement>('script[nonce]')?.nonce ?? ''

const createElement = document.createElement.bind(document)
document.createElement = (name: string, options?: ElementCreationOptions) => {
  const element = createElement(name, options)
  if (nonce !== '' && element instanceof HTMLStyleElement) element.nonce = nonce
  return element
}

/** For libraries that ask for it (Mantine's `getStyleNonce`). */
export const readNonce = (): string => nonce
