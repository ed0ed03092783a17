import { expect, it } from 'vitest'
import { job } from '../../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../../src/kinds/job/schema.ts'
import { Fleet } from '../../reconcile/fleet.ts'

/* What somebody sees of a changed job with kubectl: its status and its events, as the whole loop writes them. */

const newCluster = { sparkVersion: '15.4.x-scala2.12', nodeTypeId: 'm5d.large', numWorkers: 2 }
const index = { pypi: { package: 'ours==1.0', repo: 'https://ci:5ec4e7-index@pypi.example.com/simple' } }

const manifest: JobSpecSpec = {
  name: 'nightly',
  schedule: { quartzCronExpression: '0 0 2 * * ?', timezoneId: 'UTC' },
  parameters: [
    { name: 'env', default: 'prod' },
    { name: 'db-password', default: '5ec4e7-ours' },
  ],
  tasks: [
    {
      taskKey: 'refresh-tokens',
      newCluster: { ...newCluster, sparkConf: { 'spark.x': '1', 'spark.y': '{{secrets/scope/key}}' } },
      notebookTask: { notebookPath: '/Shared/n', baseParameters: { day: '1' } },
      libraries: [index],
    },
  ],
}

const change = {
  name: 'daily',
  schedule: { quartz_cron_expression: '0 0 3 * * ?', timezone_id: 'UTC' },
  parameters: [
    { name: 'env', default: 'dev' },
    { name: 'db-password', default: '5ec4e7-theirs' },
    { name: 'day', default: '5ec4e7-added' },
  ],
  tasks: [
    {
      task_key: 'refresh-tokens',
      max_retries: 2,
      new_cluster: {
        spark_version: '15.4.x-scala2.12',
        node_type_id: 'm5d.large',
        num_workers: 2,
        spark_conf: { 'spark.x': '2', 'spark.y': '5ec4e7-resolved', 'spark.z': '5ec4e7-conf' },
      },
      notebook_task: { notebook_path: '/Shared/n', base_parameters: { day: '2', key: '5ec4e7-base' } },
      libraries: [
        { pypi: { package: 'ours==2.0', repo: 'https://ci:5ec4e7-other@pypi.example.com/simple' } },
      ],
    },
  ],
}

/** The job after somebody changed all this, in the mode in which differences stay. */
async function changed(mode: 'Observe' | 'Correct') {
  const spec: JobSpecSpec = { ...manifest, management: { mode: 'Correct' } }
  const fleet = await Fleet.start<JobSpecSpec>({ kind: job, specs: { one: spec } })
  await fleet.run(10_000, () => fleet.apply('one', { ...manifest, management: { mode } }))
  const answer = await fleet.simulator
    .as('ana@example.com')
    .post('/api/2.2/jobs/update', { job_id: BigInt(fleet.idOf('one')), new_settings: change })
  expect(answer).toMatchObject({ status: 200 })
  await fleet.run(600_000)
  const { lastApplied: _ours, ...status } = fleet.status('one')
  return { status, told: JSON.stringify(fleet.around.api.events), fleet }
}

const task = 'tasks[refresh-tokens]'
const address = 'https://pypi.example.com/simple'
const hash = expect.stringMatching(/^"sha256:[0-9a-f]{8}"$/) as string

it('a changed job shows the most harmful first, by path, and no secret', async () => {
  const { status, told } = await changed('Observe')
  const changes = status.drift?.changes ?? []
  expect(changes.map(({ path, wanted, found }) => [path, wanted, found])).toEqual([
    ['schedule.quartzCronExpression', '"0 0 2 * * ?"', '"0 0 3 * * ?"'],
    ['name', '"nightly"', '"daily"'],
    ['parameters[day]', undefined, expect.stringContaining('sha256:')],
    ['parameters[db-password].default', hash, hash],
    ['parameters[env].default', '"prod"', '"dev"'],
    [`${task}.libraries[pypi:ours==1.0 from ${address}]`, expect.stringContaining('sha256:'), undefined],
    [`${task}.libraries[pypi:ours==2.0 from ${address}]`, undefined, expect.stringContaining('sha256:')],
    [`${task}.newCluster.sparkConf["spark.x"]`, '"1"', '"2"'],
    [`${task}.newCluster.sparkConf["spark.y"]`, '"{{secrets/scope/key}}"', hash],
    [`${task}.notebookTask.baseParameters.day`, '"1"', '"2"'],
    [`${task}.notebookTask.baseParameters.key`, undefined, hash],
    [`${task}.maxRetries`, undefined, '2'],
    [`${task}.newCluster.sparkConf["spark.z"]`, undefined, hash],
  ])
  expect(changes.map(({ impact }) => impact)).toEqual(['Schedule', ...Array(12).fill('InPlace')])
  expect(JSON.stringify(status)).not.toContain('5ec4e7')
  expect(told).toContain('schedule.quartzCronExpression is')
  expect(told).not.toContain('5ec4e7')
})

it('a job that is put back says what was written, and no secret', async () => {
  const { status, told, fleet } = await changed('Correct')
  expect(status.drift).toMatchObject({ count: 0, unlisted: 2 })
  expect(told).toContain('name: \\"daily\\" -> \\"nightly\\"')
  expect(JSON.stringify(status)).not.toContain('5ec4e7')
  expect(told).not.toContain('5ec4e7')
  // What is written is the secret itself.
  const answer = await fleet.simulator.get(`/api/2.2/jobs/get?job_id=${fleet.idOf('one')}`)
  expect(answer.at('settings.parameters')).toEqual(manifest.parameters)
  expect(answer.at('settings.tasks.0.libraries')).toEqual([index])
})
