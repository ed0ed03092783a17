import { describe, expect, it } from 'vitest'
import { personalAccessToken } from '../../../src/databricks/auth/personal-token.ts'
import { ManualClock } from '../../manual-clock.ts'

/** A place that holds a token, counts its reads, and answers each when told to. */
function place(...tokens: string[]) {
  const clock = new ManualClock()
  let reads = 0
  const read = () => Promise.resolve(tokens[Math.min(reads++, tokens.length - 1)] ?? '')
  return { clock, reads: () => reads, source: personalAccessToken(read, { clock, maxAge: 60_000 }) }
}

describe('a personal access token', () => {
  it('is read once and kept for its time', async () => {
    const { clock, reads, source } = place('one', 'two')
    expect(await source.token()).toBe('one')
    await clock.advance(59_999)
    expect(await source.token()).toBe('one')
    expect(reads()).toBe(1)
    await clock.advance(1)
    expect(await source.token()).toBe('two')
  })

  it('is read once for all who ask at the same time', async () => {
    const { reads, source } = place('one')
    expect(await Promise.all([source.token(), source.token(), source.token()])).toEqual(['one', 'one', 'one'])
    expect(reads()).toBe(1)
  })

  it('is read again after a refusal', async () => {
    const { source } = place('one', 'two')
    await source.token()
    source.invalidate()
    expect(await source.token()).toBe('two')
  })

  it('keeps no failure: the next caller reads again', async () => {
    const clock = new ManualClock()
    const results = [Promise.reject(new Error('no such Secret')), Promise.resolve('one')]
    results[0]?.catch(() => undefined)
    const source = personalAccessToken(() => results.shift() ?? Promise.reject(new Error('empty')), {
      clock,
      maxAge: 1,
    })
    await expect(source.token()).rejects.toThrow('no such Secret')
    expect(await source.token()).toBe('one')
  })

  it('loses the line break that a shell added', async () => {
    expect(await place('dapi123\n').source.token()).toBe('dapi123')
  })

  it.each([
    ['nothing', ' \n', /it is empty/],
    ['two lines', 'secret-one\nsecret-two', /line breaks/],
    ['a character no token has', 'sécret-one', /characters that no token has/],
    ['far too much', 'secret-one'.repeat(1000), /store the token alone/],
  ])('is refused when it is %s, without being shown', async (_name, text, problem) => {
    const error: unknown = await place(text)
      .source.token()
      .catch((error: unknown) => error)
    expect(error).toMatchObject({
      kind: 'Unauthenticated',
      code: 'TOKEN_UNUSABLE',
      message: expect.stringMatching(problem),
    })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/s.cret-one/)
  })
})
