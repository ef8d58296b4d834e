import { ipcRenderer } from 'electron'

// All that the page gets of Electron: the ports that it made go to the main process, which checks where they come from; and
// which page a notice was clicked for comes from there.
window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'styx:connect') ipcRenderer.postMessage('styx:connect', null, [...event.ports])
})
ipcRenderer.on('styx:go', (_event, path: string) => window.postMessage({ go: path }, location.origin))
