import { describe, expect, it } from 'vitest'
import type { Call } from '../../src/databricks/call.ts'
import type { Databricks } from '../../src/databricks/client.ts'
import { DatabricksError } from '../../src/databricks/errors.ts'
import type { JsonObject } from '../../src/databricks/json.ts'
import { mergePages } from '../../src/databricks/merge-pages.ts'
import { allItems, pages } from '../../src/databricks/pages.ts'

const list: Call = {
  method: 'GET',
  path: '/api/2.2/jobs/list',
  query: { limit: 2, name: 'n' },
  effect: 'read',
}

/** A workspace that gives these answers in order and remembers the calls. */
function answering(...answers: JsonObject[]) {
  const calls: Call[] = []
  const databricks: Databricks = {
    host: 'https://x.test',
    workspaceId: () => undefined,
    call: (call) => {
      calls.push(call)
      const answer = answers[calls.length - 1]
      return answer === undefined
        ? Promise.reject(new Error('one page too many was asked for'))
        : Promise.resolve(answer)
    },
  }
  return { databricks, calls }
}
const job = (id: number) => ({ job_id: id })
const task = (key: number) => ({ task_key: `t${key}` })

describe('a list in pages', () => {
  it('is read to its end with the same parameters', async () => {
    const { databricks, calls } = answering(
      { jobs: [job(1), job(2)], has_more: true, next_page_token: 'a' },
      { jobs: [job(3)], has_more: true, next_page_token: 'b' },
      { has_more: false },
    )
    expect(await allItems(databricks, list, { items: 'jobs', most: 10 })).toEqual([job(1), job(2), job(3)])
    expect(calls.map(({ query }) => query)).toEqual([
      { limit: 2, name: 'n' },
      { limit: 2, name: 'n', page_token: 'a' },
      { limit: 2, name: 'n', page_token: 'b' },
    ])
  })

  it('goes on after an empty page with a token and ends at an empty token', async () => {
    const { databricks } = answering(
      { jobs: [], next_page_token: 'a' },
      { next_page_token: 'b' },
      { jobs: [job(1)], next_page_token: '' },
    )
    const sizes: number[] = []
    for await (const page of pages(databricks, list, { items: 'jobs', most: 10 })) sizes.push(page.length)
    expect(sizes).toEqual([0, 0, 1])
  })

  it('asks for no page that nobody wants', async () => {
    const { databricks, calls } = answering({ jobs: [job(1)], next_page_token: 'a' })
    for await (const _page of pages(databricks, list, { items: 'jobs', most: 10 })) break
    expect(calls.length).toBe(1)
  })

  it('gives the token in the body to a list that is a POST', async () => {
    const { databricks, calls } = answering({ events: [], next_page_token: 'a' }, { events: [] })
    const events: Call = {
      method: 'POST',
      path: '/api/2.1/clusters/events',
      body: { cluster_id: 'c' },
      effect: 'read',
    }
    await allItems(databricks, events, { items: 'events', most: 10 })
    expect(calls[1]).toMatchObject({ body: { cluster_id: 'c', page_token: 'a' } })
    expect(calls[1]?.query).toBeUndefined()
  })

  it.each([
    [
      'a token that comes again',
      [{ next_page_token: 'a' }, { next_page_token: 'b' }, { next_page_token: 'a' }],
      /second time/,
    ],
    ['too many pages', [1, 2, 3, 4].map((n) => ({ next_page_token: `t${n}` })), /more than 4 pages/],
    ['more to come without a token', [{ jobs: [], has_more: true }], /no token to ask for it/],
    ['a token that is no text', [{ next_page_token: 7 }], /not text/],
    ['items that are no list', [{ jobs: { a: 1 } }], /"jobs" is not a list of objects/],
    ['items that are no objects', [{ jobs: [1] }], /"jobs" is not a list of objects/],
  ] satisfies [string, JsonObject[], RegExp][])('ends in an error at %s', async (_name, answers, problem) => {
    const { databricks, calls } = answering(...answers)
    const whole = allItems(databricks, list, { items: 'jobs', most: 4 })
    await expect(whole).rejects.toBeInstanceOf(DatabricksError)
    await expect(whole).rejects.toThrow(problem)
    await expect(whole).rejects.toThrow('GET /api/2.2/jobs/list')
    expect(calls.length).toBe(answers.length)
  })
})

describe('one object in pages', () => {
  const get: Call = { method: 'GET', path: '/api/2.2/jobs/get', query: { job_id: '7' }, effect: 'read' }
  const arrays = [
    ['settings', 'tasks'],
    ['settings', 'job_clusters'],
    ['settings', 'parameters'],
  ]
  it('becomes whole: plain values of the first page, arrays of all', async () => {
    const { databricks, calls } = answering(
      {
        job_id: 7,
        settings: { name: 'big', tasks: [task(1), task(2)], job_clusters: [{ job_cluster_key: 'a' }] },
        has_more: true,
        next_page_token: 'p2',
      },
      {
        job_id: 7,
        settings: { name: 'big', tasks: [task(3)], job_clusters: [], parameters: [{ name: 'p' }] },
        next_page_token: 'p3',
      },
      { job_id: 7, settings: { name: 'big', tasks: [task(4)] }, has_more: false },
    )
    expect(await mergePages(databricks, get, arrays)).toEqual({
      job_id: 7,
      settings: {
        name: 'big',
        tasks: [task(1), task(2), task(3), task(4)],
        job_clusters: [{ job_cluster_key: 'a' }],
        parameters: [{ name: 'p' }],
      },
    })
    expect(calls[2]?.query).toEqual({ job_id: '7', page_token: 'p3' })
  })

  it('that fits on one page comes back as it is', async () => {
    const { databricks } = answering({ job_id: 7, settings: { name: 'small', tasks: [] } })
    expect(await mergePages(databricks, get, arrays)).toEqual({
      job_id: 7,
      settings: { name: 'small', tasks: [] },
    })
  })

  it('is never returned in part', async () => {
    const { databricks } = answering({ settings: { tasks: [task(1)] }, next_page_token: 'p2' })
    await expect(mergePages(databricks, get, arrays)).rejects.toThrow('one page too many')
  })
})
