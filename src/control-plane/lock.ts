import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'
import { readIfThere } from './read-if-there.ts'

/** A lock between processes of one machine; it dies with its owner. */
export interface Lock {
  release(): Promise<void>
}

/** Either the lock, or the pid of the process that has it. */
export type LockAttempt = { state: 'acquired'; lock: Lock } | { state: 'held'; by: number }

interface Owner extends ProcessIdentity {
  /** Unique per acquisition, so that one owner's leftovers are never taken for another's. */
  token: string
}

/**
 * Takes the lock at `path` (a folder that comes and goes) or says who has it; never waits.
 *
 * Every step is one rename, so at most one process owns the path at any instant: the folder is filled before
 * it is moved into place, and a stale one is moved to a name made of its dead owner's token. A slow rival that
 * still means that dead owner finds the name taken and cannot move away the new owner's folder instead.
 */
export async function tryLock(path: string): Promise<LockAttempt> {
  const owner = describeOwner()
  const prepared = `${path}.${owner.token}`
  await mkdir(prepared)
  await writeFile(join(prepared, 'owner.json'), JSON.stringify(owner))
  const stale: string[] = []
  while (!(await moved(prepared, path))) {
    const holder = await readOwner(path)
    if (holder === undefined) continue
    if (isRunning(holder)) {
      await rm(prepared, { recursive: true })
      return { state: 'held', by: holder.pid }
    }
    const aside = `${path}.stale-${holder.token}`
    if (await moved(path, aside)) stale.push(aside)
  }
  return { state: 'acquired', lock: { release: () => release(path, owner, stale) } }
}

const pollMilliseconds = 500

/** Takes the lock once it is free; `onHeld` is told the first time that somebody else has it. */
export async function waitForLock(
  path: string,
  { onHeld, signal }: { onHeld: (by: number) => void; signal?: AbortSignal | undefined },
): Promise<Lock> {
  let told = false
  for (;;) {
    const attempt = await tryLock(path)
    if (attempt.state === 'acquired') return attempt.lock
    if (!told) onHeld(attempt.by)
    told = true
    await systemClock.sleep(pollMilliseconds, signal)
  }
}

/** Renamed before it is removed: a folder being emptied in place could be taken over half-way by the next owner. */
async function release(path: string, owner: Owner, stale: readonly string[]): Promise<void> {
  const aside = `${path}.stale-${owner.token}`
  await rename(path, aside)
  for (const folder of [aside, ...stale]) await rm(folder, { recursive: true, force: true })
}

function describeOwner(): Owner {
  const self = identify(process.pid)
  if (self === undefined)
    throw new Error(`this process (${process.pid}) does not find itself in the process table`)
  return { ...self, token: randomUUID() }
}

/** Whether the rename happened; false when the target is taken or the source is gone. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return false
    throw error
  }
}

/** Undefined when the lock was released meanwhile. */
async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readIfThere(join(path, 'owner.json'))
  return text === undefined ? undefined : (JSON.parse(text) as Owner)
}
