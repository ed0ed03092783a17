import { describe, expect, it } from 'vitest'
import { pathText, type Segment } from '../../src/drift/path.ts'
import { parsePattern } from '../../src/drift/pattern.ts'

const item = (key: string, occurrence = 1): Segment => ({ key, occurrence })

describe('a path as text', () => {
  it.each<[string, Segment[]]>([
    ['', []],
    ['name', ['name']],
    ['schedule.pauseStatus', ['schedule', 'pauseStatus']],
    ['tasks[extract].maxRetries', ['tasks', item('extract'), 'maxRetries']],
    ['tags.team', ['tags', 'team']],
    ['tags.cost-center', ['tags', 'cost-center']],
    ['sparkConf["spark.sql.shuffle.partitions"]', ['sparkConf', 'spark.sql.shuffle.partitions']],
    ['tags[""]', ['tags', '']],
    ['tags["a\\"b"]', ['tags', 'a"b']],
    ['["__proto__"]', ['__proto__']],
    ['initScripts[0].s3', ['initScripts', 0, 's3']],
    ['grants[data engineers]', ['grants', item('data engineers')]],
    ['libraries[pypi:requests==2.31#2]', ['libraries', item('pypi:requests==2.31', 2)]],
    ['tasks["0"]', ['tasks', item('0')]],
    ['tasks["a]b"]', ['tasks', item('a]b')]],
    ['tasks["a#2"]', ['tasks', item('a#2')]],
    ['tasks[""]', ['tasks', item('')]],
    ['tasks[" a"]', ['tasks', item(' a')]],
  ])('reads %s', (text, path) => {
    expect(pathText(path)).toBe(text)
  })
})

describe('the pattern of a rule', () => {
  it('names members, any key, each item and quoted keys', () => {
    expect(parsePattern('tasks[].newCluster.sparkConf["spark.master"].*')).toEqual([
      { is: 'Member', name: 'tasks' },
      { is: 'EachItem' },
      { is: 'Member', name: 'newCluster' },
      { is: 'Member', name: 'sparkConf' },
      { is: 'Member', name: 'spark.master' },
      { is: 'AnyKey' },
    ])
  })

  it('is empty for the value itself', () => {
    expect(parsePattern('')).toEqual([])
  })

  it.each(['tasks[', 'a..b', 'a[0]', 'a b', 'a["b]', 'a.'])('refuses %s and says where', (pattern) => {
    expect(() => parsePattern(pattern)).toThrow(`rule path ${pattern}: cannot be read from character`)
  })
})
