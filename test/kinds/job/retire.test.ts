import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/databricks/json.ts'
import { markKey } from '../../../src/kinds/mark.ts'
import { pausesOf, retire } from '../../../src/kinds/job/retire.ts'
import type { Status } from '../../../src/kinds/status.ts'
import { aDoor } from '../../reconcile/door.ts'
import { aFailure, anObject, aSession, mark } from '../../reconcile/fixtures.ts'

const id = '9007199254740995'
const tags = { team: 'lake', [markKey]: mark.value }

/** Retires a job with these settings; returns what was written. */
async function written(settings: JsonObject | Error, status: Status = { origin: 'Created' }) {
  const { databricks, calls } = aDoor(({ call }) => {
    if (call !== 'GET /api/2.2/jobs/get') return {}
    return settings instanceof Error ? settings : { job_id: BigInt(id), settings }
  })
  const session = aSession(databricks)
  await retire({ object: anObject(), spec: { name: 'nightly' }, status, session, mark }, id)
  return calls.filter(({ effect }) => effect !== 'read').map(({ call, body }) => ({ call, body }))
}

describe('what starts a job', () => {
  const running = {
    schedule: { quartz_cron_expression: '0 0 2 * * ?', timezone_id: 'UTC', sql_condition: { x: 1 } },
  }

  it.each<[string, JsonObject, JsonObject]>([
    ['a schedule', running, { schedule: { ...running.schedule, pause_status: 'PAUSED' } }],
    [
      'a trigger',
      { trigger: { file_arrival: { url: 's3://a' }, pause_status: 'UNPAUSED' } },
      { trigger: { file_arrival: { url: 's3://a' }, pause_status: 'PAUSED' } },
    ],
    ['that it never ends', { continuous: {} }, { continuous: { pause_status: 'PAUSED' } }],
    [
      'one of many',
      { triggers: [{ periodic: { interval: 1 }, pause_status: 'PAUSED' }, { schedule: {} }] },
      {
        triggers: [
          { periodic: { interval: 1 }, pause_status: 'PAUSED' },
          { schedule: {}, pause_status: 'PAUSED' },
        ],
      },
    ],
  ])('is paused whole, with all else it says: %s', (_what, settings, pauses) => {
    expect(pausesOf({ name: 'nightly', max_concurrent_runs: 2, ...settings })).toEqual(pauses)
    expect(pausesOf({ ...settings, ...pauses })).toEqual({})
  })

  it('may be nothing', () => {
    expect(pausesOf({ name: 'nightly', schedule: null, triggers: [] })).toEqual({})
  })
})

describe('retiring a job', () => {
  it('is one call, which names what starts it and nothing else', async () => {
    expect(await written({ name: 'nightly', tags, continuous: {}, max_concurrent_runs: 1 })).toEqual([
      {
        call: 'POST /api/2.2/jobs/update',
        body: { job_id: BigInt(id), new_settings: { continuous: { pause_status: 'PAUSED' } } },
      },
    ])
  })

  it('a second time is no call', async () => {
    expect(await written({ tags, continuous: { pause_status: 'PAUSED' } })).toEqual([])
  })

  it('that is gone is done', async () => {
    expect(await written(aFailure({ kind: 'Missing', status: 400 }))).toEqual([])
  })

  it('that we may not see is not', async () => {
    await expect(written(aFailure({ kind: 'Forbidden', status: 403 }))).rejects.toMatchObject({
      kind: 'Forbidden',
    })
  })

  it('puts the mark back that somebody took, by which alone it is found again', async () => {
    expect(await written({ tags: { team: 'lake' } })).toMatchObject([{ body: { new_settings: { tags } } }])
  })

  it('puts no mark on what was adopted', async () => {
    expect(await written({ tags: { team: 'lake' } }, { origin: 'Adopted' })).toEqual([])
  })
})
