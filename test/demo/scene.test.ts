import { describe, expect, it } from 'vitest'
import type { CommandResult } from '../../src/control-plane/command.ts'
import { Scene } from '../../src/demo/scene.ts'
import { Voice } from '../../src/demo/voice.ts'
import { ManualClock } from '../manual-clock.ts'

const { signal } = new AbortController()

/** A scene on whose stage every command is answered alike. */
function sceneAnswering(answer: Partial<CommandResult>) {
  let written = ''
  const commands: string[] = []
  const clock = new ManualClock()
  const paper = { write: (text: string) => (written += text) }
  const run = (command: string) => {
    commands.push(command)
    return Promise.resolve({ code: 0, stdout: '', stderr: '', ...answer })
  }
  const scene = new Scene({
    stage: { run, simulatorUrl: 'http://127.0.0.1:9' },
    voice: new Voice({ paper, colour: false, clock, signal }),
    clock,
    signal,
  })
  return { scene, clock, commands, written: () => written }
}

describe('a command that is shown', () => {
  it('is the one that runs, and its answer is what kubectl said', async () => {
    const { scene, commands, written } = sceneAnswering({ stdout: 'a created\n', stderr: 'Warning: old\n' })
    expect(await scene.show('kubectl apply -f examples/')).toBe('a created\n')
    expect(commands).toEqual(['kubectl apply -f examples/'])
    expect(written()).toBe('\n  $ kubectl apply -f examples/\n    a created\n    Warning: old\n')
  })

  it('ends the story when it fails, with its answer on the screen', async () => {
    const { scene, written } = sceneAnswering({ code: 1, stderr: 'error: timed out\n' })
    await expect(scene.show('kubectl wait')).rejects.toThrow('kubectl wait: exit code 1')
    expect(written()).toContain('    error: timed out\n')
  })
})

it('a command that is only asked leaves no trace, and says what failed', async () => {
  const { scene, written } = sceneAnswering({ code: 1, stderr: 'not found\n' })
  await expect(scene.ask('kubectl get')).rejects.toThrow('kubectl get: exit code 1, not found')
  expect(written()).toBe('')
})

describe('a claim', () => {
  it('is shown and counted when it holds', () => {
    const { scene, written } = sceneAnswering({})
    scene.claim('nothing was written', true)
    expect(scene.claims).toBe(1)
    expect(written()).toBe('  ✓ nothing was written\n')
  })

  it('ends the story when it does not', () => {
    const { scene, written } = sceneAnswering({})
    expect(() => scene.claim('nothing was written', false)).toThrow('it is not true that nothing was written')
    expect(scene.claims).toBe(0)
    expect(written()).toBe('')
  })
})

describe('an object', () => {
  it('nobody has looked at has no id', async () => {
    const { scene } = sceneAnswering({ stdout: '{"metadata": {"name": "nightly"}}' })
    await expect(scene.externalId('jobspec/nightly')).rejects.toThrow(
      'jobspec/nightly has no id in Databricks',
    )
  })

  it('shows its id once it has one', async () => {
    const { scene } = sceneAnswering({ stdout: '{"status": {"externalId": "575696949045294271"}}' })
    expect(await scene.externalId('jobspec/nightly')).toBe('575696949045294271')
  })
})

describe('waiting', () => {
  it('ends as soon as it holds', async () => {
    const { scene, clock } = sceneAnswering({})
    let looks = 0
    const waiting = scene.until('it runs', () => Promise.resolve(++looks === 3))
    await clock.advance(1_000)
    await waiting
    expect(looks).toBe(3)
  })

  it('gives up, and says for what it waited', async () => {
    const { scene, clock } = sceneAnswering({})
    const waiting = scene.until('it runs', () => Promise.resolve(false))
    const failure = expect(waiting).rejects.toThrow('waited 30 s in vain until it runs')
    await clock.advance(31_000)
    await failure
  })
})
