import { readdirSync } from 'node:fs'
import lakeward from '../../package.json' with { type: 'json' }
import type { Clock } from '../clock.ts'
import type { Metrics } from './metrics.ts'

/** Milliseconds between two looks at how late the program comes to run. */
const period = 20

/** Has the state of the process itself counted, and read whenever somebody asks. Dispose to stop. */
export function measureProcess(metrics: Metrics, clock: Clock): Disposable {
  metrics.gauge('lakeward_build_info', () => [[{ version: lakeward.version }, 1]])
  metrics.total('process_cpu_seconds_total', () => {
    const { user, system } = process.cpuUsage()
    return [[{}, (user + system) / 1_000_000]]
  })
  metrics.gauge('process_resident_memory_bytes', () => [[{}, process.memoryUsage.rss()]])
  metrics.gauge('nodejs_heap_size_used_bytes', () => [[{}, process.memoryUsage().heapUsed]])
  metrics.gauge('process_open_fds', () => [[{}, openFiles()]])
  const startedAt = Math.round(clock.now() / 1_000 - process.uptime())
  metrics.gauge('process_start_time_seconds', () => [[{}, startedAt]])
  const enough = new AbortController()
  // Ends only by that signal.
  countDelays(metrics, clock, enough.signal).catch(() => undefined)
  return { [Symbol.dispose]: () => enough.abort() }
}

/**
 * Counts how late the program comes to run. Not with the histogram that Node keeps for this: it has to be emptied
 * to tell of a time, so that two readers would take from each other, and it loses the delay that follows.
 */
async function countDelays(metrics: Metrics, clock: Clock, signal: AbortSignal): Promise<never> {
  for (;;) {
    const due = clock.monotonic() + period
    await clock.sleep(period, signal)
    metrics.observe('lakeward_event_loop_delay_seconds', {}, Math.max(0, clock.monotonic() - due) / 1_000)
  }
}

/** How many, where the system tells. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    // Not Linux, or a container without /proc.
    return 0
  }
}
