import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { chart } from './chart.ts'

interface Schema {
  properties?: Record<string, Schema>
  required?: string[]
}

const read = (name: string) => readFileSync(join(chart, name), 'utf8')
const schema = JSON.parse(read('values.schema.json')) as Schema
const values: unknown = parse(read('values.yaml'))

const within = (value: unknown, name: string): unknown =>
  (value as Record<string, unknown> | undefined)?.[name]

/** The paths of all that a schema knows and values.yaml does not show. */
function hidden({ properties = {} }: Schema, defaults: unknown, path = ''): string[] {
  return Object.entries(properties).flatMap(([name, below]) => {
    const value = within(defaults, name)
    return value === undefined ? [path + name] : hidden(below, value, `${path}${name}.`)
  })
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

/** The paths of those that may be absent, though they are not empty by default. */
function optional({ properties = {}, required = [] }: Schema, defaults: unknown, path = ''): string[] {
  return Object.entries(properties).flatMap(([name, below]) => {
    const value = within(defaults, name)
    const own = value === undefined || isEmpty(value) || required.includes(name) ? [] : [path + name]
    return [...own, ...optional(below, value, `${path}${name}.`)]
  })
}

describe('the values', () => {
  it('are all shown in values.yaml, but for those of a parent chart', () => {
    expect(hidden(schema, values)).toEqual(['global', 'enabled'])
  })

  it('have to be there where they are not empty by default: helm renders null as nothing', () => {
    expect(optional(schema, values)).toEqual([
      'runAsUser',
      'resources.requests',
      'resources.limits',
      'nodeSelector',
    ])
  })
})
