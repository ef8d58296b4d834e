import { ipcRenderer } from 'electron'

// All that the page gets of Electron: the ports that it made go to the main process, which checks where they come from.
window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'styx:connect') ipcRenderer.postMessage('styx:connect', null, [...event.ports])
})
