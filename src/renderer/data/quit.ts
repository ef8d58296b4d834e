import { api, toErrorData } from '../rpc/connection.ts'

let asked = false

/** Was Styx told to end? What is lost after that is no accident. */
export const quitAsked = () => asked

/** Ends the engine. That it may end before it answers is no failure. */
export async function quit(): Promise<void> {
  asked = true
  try {
    await api.app.quit()
  } catch (error) {
    if (toErrorData(error).code === 'connection.lost') return
    asked = false
    throw error
  }
}
