import { describe, expect, it } from 'vitest'
import { runCommand } from '../../src/cli/run.ts'

/** What a flag is taken for, or why it is not taken. */
function taken(...args: string[]): { flags: Record<string, unknown> } | { refusal: string } {
  let refusal = ''
  const command = runCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (refusal += text) })
  try {
    command.parseOptions(args)
    return { flags: command.opts() }
  } catch {
    return { refusal }
  }
}

describe('the lease', () => {
  it('is by default of ten seconds, in whatever namespace the operator is', () => {
    expect(taken()).toMatchObject({ flags: { leaseDuration: 10_000 } })
    expect(taken()).not.toHaveProperty('flags.leaseNamespace')
  })

  it.each([
    ['1s', 1_000],
    ['1m30s', 90_000],
    ['2000ms', 2_000],
    ['10m', 600_000],
  ])('may last %s', (text, leaseDuration) => {
    expect(taken('--lease-duration', text)).toMatchObject({ flags: { leaseDuration } })
  })

  it.each([
    ['1500ms', 'It has to be whole seconds, such as 10s.'],
    ['500ms', 'It has to be a duration from 1s to 10m, '],
    ['11m', 'It has to be a duration from 1s to 10m, '],
    ['10', 'It has to be a duration from 1s to 10m, '],
  ])('may not last %s', (text, why) => {
    expect(taken('--lease-duration', text)).toEqual({ refusal: expect.stringContaining(why) as string })
  })

  it('is in one namespace', () => {
    expect(taken('--lease-namespace', 'ops')).toMatchObject({ flags: { leaseNamespace: 'ops' } })
    expect(taken('--lease-namespace', 'a,b')).toEqual({
      refusal: expect.stringContaining('It has to be the name of a namespace.') as string,
    })
  })
})
