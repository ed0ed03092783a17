import { describe, expect, it } from 'vitest'
import { percentile, requests, seconds } from './figures.ts'
import { tableOf } from './table.ts'

describe('a percentile', () => {
  const values = [5, 1, 4, 2, 3]

  it.each([
    [0.5, 3],
    [0.99, 5],
    [0.2, 1],
    [0.21, 2],
    [0, 1],
    [1, 5],
  ])('of %d is the value that so many do not exceed: %d', (share, value) => {
    expect(percentile(values, share)).toBe(value)
  })

  it('of nothing is refused', () => {
    expect(() => percentile([], 0.5)).toThrow('no values')
  })
})

describe('requests', () => {
  it('are counted per object and sort, the most frequent first, and all together', () => {
    const { figures } = requests('apply', ['get a', 'patch b', 'patch b'], 2)
    expect(figures.map(({ name, value }) => [name, value])).toEqual([
      ['patch b', 1],
      ['get a', 0.5],
      ['all', 1.5],
    ])
  })
})

describe('a table', () => {
  it('puts numbers below each other, with the digits that mean something', () => {
    const title = 'apply'
    const figures = [seconds('all', 123.4), seconds('median', 0.1), seconds('count', 3)]
    expect(tableOf([{ title, figures }])).toBe(
      ['apply', '  all       123 s', '  median  0.100 s', '  count       3 s'].join('\n'),
    )
  })
})
