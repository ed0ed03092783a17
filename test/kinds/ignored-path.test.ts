import { describe, expect, it } from 'vitest'
import { cluster } from '../../src/kinds/cluster/index.ts'
import { grant } from '../../src/kinds/grant/index.ts'
import { problemOfPath } from '../../src/kinds/ignored-path.ts'
import { job } from '../../src/kinds/job/index.ts'
import type { Kind } from '../../src/kinds/kind.ts'

const problem = (
  { compared, definition, rules }: Pick<Kind, 'compared' | 'definition' | 'rules'>,
  path: string,
) => problemOfPath({ schema: compared ?? definition.spec, rules }, path)

describe('an ignored path leads somewhere', () => {
  it.each([
    'schedule.pauseStatus',
    'schedule',
    'tasks',
    'tasks[extract].maxRetries',
    'tasks[*].notebookTask.baseParameters.day',
    'tasks[extract].libraries[pypi:requests].pypi.repo',
    'jobClusters[main].newCluster.sparkConf["spark.x"]',
    'emailNotifications.onStart[ana@example.com]',
    'tags.*',
    'runAs',
  ])('in a job: %s', (path) => {
    expect(problem(job, path)).toBeUndefined()
  })

  it.each([
    'sparkConf["spark.x"]',
    'autoscale.maxWorkers',
    'initScripts[0].workspace.destination',
    'customTags[team]',
  ])('in a cluster: %s', (path) => {
    expect(problem(cluster, path)).toBeUndefined()
  })

  it.each(['securables[schema main.silver]', 'securables[*].grants[data engineers].privileges[SELECT]'])(
    'in a grant: %s',
    (path) => {
      expect(problem(grant, path)).toBeUndefined()
    },
  )
})

describe('an ignored path that leads nowhere is told, with what was meant', () => {
  it.each([
    ['schedule.pausedStatus', 'there is no field schedule.pausedStatus; schedule.pauseStatus was meant?'],
    [
      'tasks[extract].maxRetry',
      'there is no field tasks[extract].maxRetry; tasks[extract].maxRetries was meant?',
    ],
    ['shedule', 'there is no field shedule; schedule was meant?'],
    ['tasks.extract.maxRetries', 'the items of tasks are named in brackets: tasks[extract]'],
    ['tasks[].maxRetries', 'cannot be read from character 6 on; every item of a list is [*]'],
    ['tasks[extract', 'cannot be read from character 6 on; a path looks like tasks[extract].maxRetries'],
    ['schedule.*', 'schedule has fields of its own, for which no * stands: ignore schedule, or one of them'],
    ['name.first', 'name has nothing below it'],
    ['runAs.userName', 'runAs is compared as a whole: ignore runAs'],
    ['management.mode', 'management is not compared with Databricks'],
    ['tasks[extract].clusterRef', 'tasks[extract].clusterRef is not compared with Databricks'],
    ['tasks[a].xyzzy', 'there is no field tasks[a].xyzzy'],
  ])('%s', (path, told) => {
    expect(problem(job, path)).toBe(told)
  })

  it.each([
    [
      'sparkConf.spark.x',
      'sparkConf.spark has nothing below it; a key with a dot in it is quoted, as in sparkConf["spark.x"]',
    ],
    [
      'initScripts[first]',
      'the items of initScripts have an order and no names: initScripts[0] is the first',
    ],
    ['constructor', 'there is no field constructor'],
  ])('%s', (path, told) => {
    expect(problem(cluster, path)).toBe(told)
  })

  it('in a grant: grants, which stand below their securable', () => {
    expect(problem(grant, 'grants[data engineers]')).toBe('there is no field grants')
  })
})
