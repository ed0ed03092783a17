import { expect, it } from 'vitest'
import { assignAll } from '../../src/drift/assign.ts'
import { compileRules } from '../../src/drift/rules.ts'
import { memberOf, type Value } from '../../src/drift/value.ts'

it('looks at each item of a list once, however many of them change', () => {
  let looks = 0
  const keyed = (item: Value): string => {
    looks += 1
    return JSON.stringify(memberOf(item, 'key'))
  }
  const rules = compileRules([{ path: 'tasks', keyed, reason: '' }])
  const tasks = Array.from({ length: 400 }, (_, index) => ({ key: `t${index}`, n: 1 }))
  const changes = tasks.map(({ key }, index) => ({
    path: ['tasks', { key: JSON.stringify(key), occurrence: 1 }, ...(index % 2 === 0 ? ['n'] : [])],
    wanted: index % 2 === 0 ? 2 : undefined,
  }))
  expect(assignAll({ tasks }, changes, rules)).toEqual({
    tasks: tasks.filter((_, index) => index % 2 === 0).map(({ key }) => ({ key, n: 2 })),
  })
  expect(looks).toBe(tasks.length)
})
