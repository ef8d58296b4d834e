// What Styx writes is for its user alone; what the user's own programs write under Styx is as they like it.
let users: number | null = null

/** From here on, files that this process makes are 0600 and folders 0700. */
export function keepFilesPrivate(): void {
  users ??= process.umask(0o077)
}

/** Starts a program of the user's under the user's own umask, which a child takes over at its start. `start` must not wait. */
export function withUsersUmask<T>(start: () => T): T {
  if (users === null) return start()
  const own = process.umask(users)
  try {
    return start()
  } finally {
    process.umask(own)
  }
}
