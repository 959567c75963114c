/** npm hands a Ctrl-C on that the terminal has sent to the whole group already: both arrive within milliseconds. */
const SAME_PRESS_MS = 1_000

/** Resolves at the first Ctrl-C or SIGTERM, after telling so; a second one ends the process at once. */
export async function stopSignal(error: (line: string) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    let first: number | undefined
    const heard = () => {
      const now = performance.now()
      if (first !== undefined && now - first > SAME_PRESS_MS) process.kill(process.pid, 'SIGKILL')
      if (first !== undefined) return
      first = now
      error('Stopping; what is under way is finished first. Once more ends it at once.')
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, heard)
  })
}
