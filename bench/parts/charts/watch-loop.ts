import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 1

/** @returns what ends the watch and tells the longest time that this thread's loop did not turn, in milliseconds */
export function watchLoop(): () => { held: number; worked: number } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let worked = 0
  let before = cpuMs()
  const timer = setInterval(() => {
    const now = cpuMs()
    worked = Math.max(worked, now - before)
    before = now
  }, RESOLUTION_MS)
  return () => {
    clearInterval(timer)
    delay.disable()
    return {
      // On the clock: waiting for a core that others have is part of it.
      held: delay.max / 1e6 - RESOLUTION_MS,
      // Of this thread's own time.
      worked,
    }
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
