import { describe, expect, it } from 'vitest'
import { countedAs } from '../../src/databricks/call.ts'
import { path, route } from '../../src/databricks/path.ts'

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

  it('knows its route, which is the same for all names', () => {
    const call = { method: 'GET', ...route`/api/2.0/permissions/jobs/${7}/x`, effect: 'read' } as const
    expect(call.path).toBe('/api/2.0/permissions/jobs/7/x')
    expect(countedAs(call)).toBe('GET /api/2.0/permissions/jobs/{name}/x')
    expect(countedAs({ method: 'GET', path: '/api/2.2/jobs/get', effect: 'read' })).toBe(
      'GET /api/2.2/jobs/get',
    )
  })

  it.each(['', '.', '..'])('refuses %j, which would address something else', (name) => {
    expect(() => path`/api/2.0/permissions/jobs/${name}`).toThrow(
      /permissions\/jobs\/\{name\}: UNUSABLE_NAME/,
    )
  })
})
