import { htmlPage, type Page } from './pages.ts'

/**
 * The page behind a sign-in link: the cookie comes with it, and it goes on to the app by itself. A redirect would not do: a
 * SameSite=Strict cookie is not sent along a chain that another site began.
 */
export function signedInPage(cookie: string): Page {
  const page = card(
    200,
    'Signed in',
    'Styx opens in a moment. <a href="/">Open it now</a>',
    '<meta http-equiv="refresh" content="0;url=/">',
  )
  return { ...page, headers: { ...page.headers, 'set-cookie': cookie } }
}

/** For whoever comes without a valid cookie: the same words as the app's own page (renderer/shell/signed-out.tsx), which no one gets from here. */
export function signedOutPage(): Page {
  return card(
    401,
    'This browser is not signed in',
    `Styx runs, but only lets in who opens its link, and each link signs in once. The link was used before, Styx was started anew, or
     this page was opened without one.</p>
     <p>For a fresh link, run this where Styx was installed. It finds the Styx that runs and prints a link:</p>
     <pre>npm run serve</pre><p>If it was started with STYX_HOME, set the same STYX_HOME.`,
  )
}

/** For a request under a name that is not ours: DNS rebinding, or a tunnel on another port. The name is not echoed. */
export function wrongHostPage(names: string[]): Page {
  return card(
    403,
    'Not under this name',
    `Styx answers only under ${names.join(' and ')}, so that no other site can speak to it in your name.</p>
     <p>If you come through a tunnel or a proxy, start it with the name that is in your address bar:</p>
     <pre>npm run serve -- --name HOST:PORT</pre><p>`,
  )
}

function card(status: number, title: string, text: string, head = ''): Page {
  return htmlPage(
    status,
    (nonce) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}
<meta name="viewport" content="width=device-width"><style nonce="${nonce}">
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; font: 13px/20px "Inter Variable", Inter, system-ui, sans-serif;
  color: light-dark(#4a5565, #aab4c3); background: light-dark(#f5f6f8, #0b0e13) }
main { width: min(520px, 100vw - 48px); display: grid; gap: 10px }
h1 { font-size: 20px; line-height: 28px; font-weight: 600; margin: 0; color: light-dark(#131821, #e8edf4) }
p { margin: 0 }
p:empty { display: none }
pre { margin: 0; padding: 10px 12px; border: 1px solid light-dark(#cfd5de, #303a4b); border-radius: 8px; overflow: auto;
  font: 13px/20px "JetBrains Mono Variable", ui-monospace, monospace; color: light-dark(#131821, #e8edf4); background: light-dark(#fbfbfc, #10141b) }
a { color: light-dark(#4a58e0, #8b97ff) }
</style></head><body><main><h1>${title}</h1><p>${text}</p></main></body></html>`,
  )
}
