import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Voice } from '../../src/demo/voice.ts'
import { ManualClock } from '../manual-clock.ts'

const { signal } = new AbortController()

/** A voice and everything it has written; with `columns` it speaks to a terminal. */
function speaking({ colour = false, columns }: { colour?: boolean; columns?: number } = {}) {
  let written = ''
  const paper = { write: (text: string) => (written += text), ...(columns !== undefined && { columns }) }
  const clock = new ManualClock()
  return { voice: new Voice({ paper, colour, clock, signal }), clock, written: () => written }
}

describe('on a pipe', () => {
  it('every kind of line is plain text', async () => {
    const { voice, written } = speaking()
    voice.progress('Starting')
    voice.heading('A heading')
    voice.command('kubectl get lakeward')
    voice.answer('one\n\ntwo\n')
    voice.elsewhere('Databricks: what is left')
    voice.check('it holds')
    voice.failure('it does not')
    await voice.pause()
    expect(written()).toBe(
      [
        '  Starting',
        '',
        'A heading',
        '',
        '  $ kubectl get lakeward',
        '    one',
        '',
        '    two',
        '',
        '  Databricks: what is left',
        '  ✓ it holds',
        '',
        '✗ it does not',
        '',
      ].join('\n'),
    )
  })

  it('our own sentences stay within 110 characters', () => {
    const { voice, written } = speaking()
    voice.say('word '.repeat(100))
    voice.check('word '.repeat(100))
    const lines = written().split('\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(110)
    expect(lines.length).toBeGreaterThan(8)
  })

  it('an answer without text leaves no line', () => {
    const { voice, written } = speaking()
    voice.answer('\n')
    expect(written()).toBe('')
  })
})

describe('in a terminal', () => {
  it('progress is one line that is written over, and gone when something is said', () => {
    const { voice, written } = speaking({ colour: true, columns: 80 })
    voice.progress('one')
    voice.progress('two')
    voice.say('ready')
    voice.say('done')
    // As a terminal shows it: what stands before an erased line is gone.
    const screen = written()
      .split('\n')
      .map((line) => line.split('\r\u001B[K').at(-1))
    expect(screen).toEqual(['  ready', '  done', ''])
    expect(written()).toContain('one')
    expect(written()).toContain('two')
  })

  it('a sentence too long for that line stays', () => {
    const { voice, written } = speaking({ colour: true, columns: 20 })
    voice.progress('building takes about ten minutes')
    voice.progress('5 %')
    expect(written()).toContain('  building takes\n  about ten minutes\n')
  })

  it('headings, commands and checks are in colour', () => {
    const { voice, written } = speaking({ colour: true, columns: 80 })
    voice.heading('A heading')
    voice.command('kubectl get lakeward')
    voice.check('it holds')
    const coloured = written()
      .split('\n')
      .filter((line) => line.includes('\u001B['))
    expect(coloured).toHaveLength(3)
  })

  it('without colour nothing is written over', () => {
    const { voice, written } = speaking({ columns: 80 })
    voice.progress('one')
    voice.say('ready')
    expect(written()).toBe('  one\n  ready\n')
  })

  it('a reader gets time', async () => {
    const { voice, clock } = speaking({ columns: 80 })
    let isOver = false
    const pause = voice.pause().then(() => (isOver = true))
    await clock.advance(1_000)
    expect(isOver).toBe(false)
    await clock.advance(1_000)
    await pause
  })
})

it('the folder of the person is not told', () => {
  const { voice, written } = speaking()
  voice.progress(`Starting with ${join(homedir(), '.cache', 'lakeward')}`)
  expect(written()).toBe('  Starting with ~/.cache/lakeward\n')
})
