import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = import.meta.dirname
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const numbers = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), ([, number]) => number ?? '').toSorted()

it('every fact of the list has one test, and every test one fact', () => {
  const listed = numbers(read('facts.md'), /^\| (T?\d[\d.]*) \|/gm)
  const tested = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => numbers(read(name), /\bfact\(\s*'(T?\d[\d.]*)'/g))
  expect(tested.toSorted()).toEqual(listed)
})
