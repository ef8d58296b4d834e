/** x */
export function TaskPage() {
  return null
}
