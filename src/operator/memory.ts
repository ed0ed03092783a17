import type { Clock } from '../clock.ts'
import type { Log } from '../telemetry/log.ts'

/** Milliseconds after which we look whether work has calmed down, first and again. */
const look = 10_000
/** Milliseconds between two times that memory is given back. */
const between = 300_000

interface Means {
  readonly clock: Clock
  readonly log: Log
  /** Whether keys wait for their turn. */
  readonly isBusy: () => boolean
  /** Gives back what can be. Undefined where Node was started without `--expose-gc`: then nothing is done. */
  readonly collect: (() => void) | undefined
}

/**
 * Gives the memory that bursts of work leave behind back to the system, in calm moments: the first time soon after the
 * first look at everything, then every five minutes. Ends with the signal.
 *
 * V8 keeps pages that it has emptied for the next burst, until nothing has gone on for some time; an operator always
 * checks something. With 5,000 objects that is up to a third of what is resident, and giving it back takes a tenth of a
 * second. The next check of everything takes it again: what is resident at most is not less for it.
 */
export async function giveMemoryBack(
  { clock, log, isBusy, collect }: Means,
  signal: AbortSignal,
): Promise<void> {
  if (collect === undefined) return
  const wait = async (milliseconds: number) => {
    await clock.sleep(milliseconds, signal).catch(() => undefined)
    return !signal.aborted
  }
  while (await wait(look)) {
    if (isBusy()) continue
    const from = clock.monotonic()
    collect()
    log.debug({ milliseconds: Math.round(clock.monotonic() - from) }, 'gave memory back')
    await wait(between - look)
  }
}

/**
 * Frees everything that nobody refers to, and what V8 keeps in store.
 * https://nodejs.org/docs/latest-v24.x/api/cli.html#--expose-gc
 */
export const collectGarbage: Means['collect'] = globalThis.gc?.bind(undefined, {
  type: 'major',
  execution: 'sync',
  flavor: 'last-resort',
})
