// Run by browser.ts with a TMPDIR of its own: the package always unpacks into the temporary folder.
import chromium from '@sparticuz/chromium'

await chromium.executablePath()
