import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { test as base } from './fixtures.ts'
import { type Sshd, startSshd } from './substrate/sshd.ts'

type Account = { name: string; password: string }

/** Starts sshds and names them in the ssh config of the user's home. `envOf`: what a login on each of them has. */
type Hosts = (names: string[], account?: Account | null, envOf?: (index: number) => Record<string, string>) => Promise<Sshd[]>

export const test = base.extend<{ hosts: Hosts }>({
  hosts: async ({ homes }, use) => {
    const all: Sshd[] = []
    await use(async (names, account, envOf) => {
      const started = await Promise.all(
        names.map((_, index) =>
          startSshd({ ...(account && { account: { ...account, shell: '/bin/sh' } }), ...(envOf && { env: envOf(index) }) }),
        ),
      )
      all.push(...started)
      await mkdir(join(homes.userHome, '.ssh'), { recursive: true, mode: 0o700 })
      const blocks = started.map(({ port, user, keys }, i) => {
        const key = account ? '' : `  IdentityFile ${keys[0]}\n  IdentitiesOnly yes\n`
        return `Host ${names[i]}\n  HostName 127.0.0.1\n  Port ${port}\n  User ${user}\n${key}`
      })
      await writeFile(join(homes.userHome, '.ssh', 'config'), blocks.join('\n'), { mode: 0o600 })
      return started
    })
    await Promise.all(all.map((host) => host.stop()))
  },
})

/** Makes the keys of machines known: nobody is asked about them. */
export async function know(userHome: string, machines: Sshd[]): Promise<void> {
  await writeFile(join(userHome, '.ssh', 'known_hosts'), machines.map(({ knownHost }) => knownHost).join(''))
}

/** Adds every machine of the ssh config as one pool, under the name that is proposed or another one. */
export async function addAll(page: Page, name?: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Where you can launch' }).getByRole('link', { name: 'Add machines' }).click()
  await page.getByRole('checkbox', { name: /^All of/ }).check()
  if (name) await page.getByRole('textbox', { name: 'Name of the pool' }).fill(name)
  await page.getByRole('button', { name: /^Add \d+ machines? and check$/ }).click()
}

/** From the launch form, with what it says of the rest. */
export async function launchWithoutRay(page: Page): Promise<void> {
  await page.getByRole('switch', { name: 'Ray' }).uncheck({ force: true })
  await page.getByRole('button', { name: 'Launch, at no cost' }).click()
}
