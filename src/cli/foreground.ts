import { constants } from 'node:os'

/** How often a program that npx runs looks whether it still does, in milliseconds. */
const parentPace = 500
/** Who started us; asked at once, since later it may be gone already and somebody else in its place. */
const parent = process.ppid

/**
 * Resolves with the first SIGINT or SIGTERM, for a foreground program to stop cleanly. A second one means that
 * somebody has lost patience: the process ends at once, with the exit code a shell expects.
 *
 * npx passes a signal on only to the shell in which it runs the program, and that dies without a word: there the
 * end of the shell counts as a SIGTERM. Any other parent may end; a program started to stay is to stay.
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
    if (process.env['npm_lifecycle_event'] === 'npx') whenParentEnds(() => asked || onSignal('SIGTERM'))
  })
}

/** Somebody else becomes the parent then. */
function whenParentEnds(tell: () => void): void {
  const look = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(look)
    tell()
  }, parentPace)
  look.unref()
}
