import { describe, expect, it } from 'vitest'
import { wrap } from '../../src/demo/wrap.ts'

describe('a wrapped sentence', () => {
  it.each([
    { name: 'fits as it is', sentence: 'a cluster', width: 20, indent: '  ', lines: '  a cluster' },
    { name: 'is broken between words', sentence: 'one two three', width: 9, lines: 'one two\nthree' },
    { name: 'uses the whole width', sentence: 'one two three', width: 7, lines: 'one two\nthree' },
    { name: 'counts its indent', sentence: 'one two', width: 8, indent: '  ', lines: '  one\n  two' },
    {
      name: 'keeps a word that is too long',
      sentence: 'see main.silver.orders now',
      width: 10,
      lines: 'see\nmain.silver.orders\nnow',
    },
    { name: 'loses the blanks of its source', sentence: '  one\n   two ', width: 40, lines: 'one two' },
    { name: 'may be nothing', sentence: '', width: 10, lines: '' },
  ])('$name', ({ sentence, width, indent, lines }) => {
    expect(wrap(sentence, width, indent)).toBe(lines)
  })
})
