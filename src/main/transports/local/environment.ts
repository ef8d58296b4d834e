/**
 * What a program started here inherits: the engine's environment less what `npm start` and Electron put into it, so that a shell in
 * Styx finds the same programs as any other shell of the user.
 */
export function userEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !OURS.test(name)) env[name] = value
  }
  if (env.PATH && own.npm_lifecycle_event) {
    const folders = env.PATH.split(':')
    env.PATH = folders.filter((folder) => !NPMS_FOLDER.test(folder)).join(':')
  }
  return env
}

const NPMS_FOLDER = /\/(node_modules\/\.bin|node-gyp-bin)$/
const OURS = /^(npm_|ELECTRON_|CHROME_|VITE|STYX_|NODE_ENV$|NODE_OPTIONS$|NODE$|INIT_CWD$|COLOR$|ORIGINAL_XDG_CURRENT_DESKTOP$)/
