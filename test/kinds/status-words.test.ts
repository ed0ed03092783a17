import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { resources } from '../../src/kinds/resources.ts'

const root = new URL('../../', import.meta.url)

/** Where statuses are made; what only declares the words aside. */
const texts = globSync('src/{drift,reconcile,kinds}/**/*.ts', { cwd: root })
  .filter((file) => !/(?:^|\/)(?:status|schema|change)\.ts$/.test(file))
  .map((file) => readFileSync(new URL(file, root), 'utf8'))

/** The words of every enumeration in a schema, by the path of the field. */
function wordsIn(schema: unknown, path: string): [string, string][] {
  if (schema instanceof z.ZodOptional) return wordsIn(schema.unwrap(), path)
  if (schema instanceof z.ZodArray) return wordsIn(schema.element, `${path}[]`)
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, member]) => wordsIn(member, `${path}.${name}`))
  return schema instanceof z.ZodEnum ? schema.options.map((word) => [path, String(word)]) : []
}

const words = resources.flatMap(({ kind, status }) => wordsIn(status, kind))

describe('the words of a status', () => {
  it('are found at any depth', () => {
    expect(words.map(([path]) => path)).toContain('JobSpec.drift.changes[].impact')
  })

  it('are given somewhere, every one that the schema promises', () => {
    expect(words.filter(([, word]) => !texts.some((text) => text.includes(`'${word}'`)))).toEqual([])
  })
})
