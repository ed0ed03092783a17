import type { Log } from '../telemetry/log.ts'

/**
 * Ends the process, with exit code 1 and the stack in the log, when an error has come to the top and nobody caught it:
 * thrown in a listener, or rejected where nobody waits.
 *
 * What goes wrong in a pass over an object is that object's business and never gets here. This is a bug somewhere else,
 * and nobody knows what it has left half done in memory. A new start knows: it goes on from what is recorded.
 */
export function endWhenUncaught(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    log.fatal(
      { err: error, origin },
      'an error that nobody caught: the operator ends, and has to be started again',
    )
    process.exit(1)
  })
}
