import { constants } from 'node:os'

/**
 * Resolves with the first SIGINT or SIGTERM, for a foreground program to stop cleanly. A second one means that
 * somebody has lost patience: the process ends at once, with the exit code a shell expects.
 *
 * It does not keep the process alive by itself; what the program serves does.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(128 + constants.signals[signal])
      asked = true
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
