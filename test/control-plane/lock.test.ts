import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tryLock, type LockAttempt } from '../../src/control-plane/lock.ts'
import { identify, type ProcessIdentity } from '../../src/control-plane/process-identity.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Puts a lock there as its owner left it. */
async function leaveLock(path: string, owner: ProcessIdentity): Promise<void> {
  await mkdir(path)
  await writeFile(join(path, 'owner.json'), JSON.stringify({ ...owner, token: 'left' }))
}

async function release(attempt: LockAttempt): Promise<void> {
  if (attempt.state !== 'acquired') throw new Error(`held by ${attempt.by}`)
  await attempt.lock.release()
}

describe('the lock', () => {
  it('has one owner at a time and leaves no trace', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'lock')
    const first = await tryLock(path)
    expect(await tryLock(path)).toEqual({ state: 'held', by: process.pid })
    await release(first)
    await release(await tryLock(path))
    expect(await readdir(folder)).toEqual([])
  })

  it('is respected while its owner runs', async () => {
    const path = join(await temporaryFolder(), 'lock')
    const other = spawn('sleep', ['60'])
    const owner = identify(other.pid ?? 0)
    if (owner === undefined) throw new Error('no such process')
    await leaveLock(path, owner)
    expect(await tryLock(path)).toEqual({ state: 'held', by: owner.pid })
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(await tryLock(path)).toMatchObject({ state: 'acquired' })
  })

  it('is taken over when another process has got the pid of its dead owner', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'lock')
    await leaveLock(path, { pid: process.pid, started: 'long ago' })
    const attempt = await tryLock(path)
    await release(attempt)
    expect(await readdir(folder)).toEqual([])
  })

  it('goes to exactly one of many that find it stale at once', async () => {
    const path = join(await temporaryFolder(), 'lock')
    await leaveLock(path, { pid: 4_194_305, started: '1' })
    const attempts = await Promise.all(Array.from({ length: 40 }, () => tryLock(path)))
    expect(attempts.filter(({ state }) => state === 'acquired')).toHaveLength(1)
  })
})
