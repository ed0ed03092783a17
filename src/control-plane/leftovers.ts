import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { isRunning, type ProcessIdentity } from './process-identity.ts'
import { readIfThere } from './read-if-there.ts'

const goneWithinMilliseconds = 10_000
const fileIn = (folder: string): string => join(folder, 'processes.json')

/**
 * Records a child in its folder. Synchronous on purpose: called in the same turn as the spawn, it leaves no
 * instant at which we could be killed between the two for longer than a file takes to write.
 */
export function recordChild(folder: string, child: ProcessIdentity): void {
  const file = fileIn(folder)
  const children = [...readChildren(file).filter(isRunning), child]
  writeFileSync(`${file}.new`, JSON.stringify(children))
  renameSync(`${file}.new`, file)
}

/** Ends the children that an earlier owner of the folder left running. The folder's lock must be held. */
export async function endLeftovers(folder: string): Promise<void> {
  if ((await readIfThere(fileIn(folder))) === undefined) return
  const leftovers = readChildren(fileIn(folder)).filter(isRunning)
  // Killed outright: the API server keeps nothing, and etcd recovers from its write-ahead log.
  for (const { pid } of leftovers) kill(pid)
  const deadline = systemClock.monotonic() + goneWithinMilliseconds
  while (leftovers.some(isRunning)) {
    if (systemClock.monotonic() > deadline) {
      const pids = leftovers.map(({ pid }) => pid).join(', ')
      throw new Error(
        `${folder} is still used by processes of an earlier control plane that cannot be ended: ${pids}`,
      )
    }
    await systemClock.sleep(20)
  }
}

function readChildren(file: string): ProcessIdentity[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It ended by itself in between.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
