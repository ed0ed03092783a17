import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endLeftovers, recordChild } from '../../src/control-plane/leftovers.ts'
import { identify, isRunning } from '../../src/control-plane/process-identity.ts'
import { temporaryFolder } from './temporary-folder.ts'

function startChild() {
  const child = spawn('sleep', ['60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const identity = identify(child.pid ?? 0)
  if (identity === undefined) throw new Error('no such process')
  return { child, identity }
}

describe('leftover children', () => {
  it('are ended by the next owner of the folder', async () => {
    const folder = await temporaryFolder()
    const children = [startChild(), startChild()]
    for (const { identity } of children) recordChild(folder, identity)
    await endLeftovers(folder)
    expect(children.map(({ identity }) => isRunning(identity))).toEqual([false, false])
    await endLeftovers(folder)
  })

  it('are left alone when their pid has gone to another process', async () => {
    const folder = await temporaryFolder()
    const { identity } = startChild()
    recordChild(folder, identity)
    await writeFile(join(folder, 'processes.json'), JSON.stringify([{ ...identity, started: '1' }]))
    await endLeftovers(folder)
    expect(isRunning(identity)).toBe(true)
  })
})

describe('the identity of a process', () => {
  it('stays the same while it runs and is gone with it', async () => {
    const { child, identity } = startChild()
    expect(identify(identity.pid)).toEqual(identity)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(identify(identity.pid)).toBeUndefined()
    expect(isRunning(identity)).toBe(false)
  })
})
