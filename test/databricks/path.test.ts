import { describe, expect, it } from 'vitest'
import { path } from '../../src/databricks/path.ts'

describe('a path out of names', () => {
  it('keeps each name one segment, whatever it holds', () => {
    const type = 'schema'
    const name = 'main.a/b c?d#é%2F'
    expect(path`/api/2.1/unity-catalog/permissions/${type}/${name}`).toBe(
      '/api/2.1/unity-catalog/permissions/schema/main.a%2Fb%20c%3Fd%23%C3%A9%252F',
    )
  })

  it('writes a 64-bit id exactly', () => {
    expect(path`/api/2.0/permissions/jobs/${9223372036854775807n}/x`).toBe(
      '/api/2.0/permissions/jobs/9223372036854775807/x',
    )
  })

  it.each(['', '.', '..'])('refuses %j, which would address something else', (name) => {
    expect(() => path`/api/2.0/permissions/jobs/${name}`).toThrow(
      /permissions\/jobs\/\{name\}: UNUSABLE_NAME/,
    )
  })
})
