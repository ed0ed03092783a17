import { describe, expect, it } from 'vitest'
import { DeletionGuard, leavingOf } from '../../../src/kinds/workspace/deletion-guard.ts'
import type { DatabricksWorkspaceStatus } from '../../../src/kinds/workspace/schema.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { Store } from '../../../src/kube/store.ts'
import { aCondition, anObject, beginning } from '../../reconcile/fixtures.ts'
import { surroundings } from '../../reconcile/surroundings.ts'

const key = 'data/default'

/** A manifest that is being deleted. */
const job = (name: string, deletionTimestamp = beginning): KubeObject => ({
  ...anObject({ name, deletionTimestamp }),
  kind: 'JobSpec',
})
const jobs = (count: number): KubeObject[] => Array.from({ length: count }, (_, index) => job(`job-${index}`))

const host = 'https://dbc-1.cloud.databricks.com'
const credentials = { personalAccessToken: { secretKeyRef: { name: 'pat', key: 'token' } } }

/** A workspace with a guard of 2, and what of it is known to be on its way out. */
async function stage(known: KubeObject[] = []) {
  const { api, clock, events, environment } = await surroundings()
  const status = { observedGeneration: 1, conditions: [aCondition('Ready')] }
  const spec = { host, credentials, deletionGuard: 2 }
  const workspace = { ...anObject({ name: 'default' }, { spec, status }), kind: 'DatabricksWorkspace' }
  const path = api.put(workspace, 'databricksworkspaces')
  const store = new Store<KubeObject>()
  store.observe(workspace)
  let counts = 0
  const leaving = () => {
    counts += 1
    return known.map(leavingOf)
  }
  const later = new Map<string, number>()
  const reviewLater = (workspaceKey: string, wait: number) => void later.set(workspaceKey, wait)
  const means = { client: environment.client, store, leaving, reviewLater, events, clock }
  const start = () => new DeletionGuard(means)
  const told = async () => {
    await events.idle()
    return api.events.map(({ type, reason }) => `${type} ${reason}`)
  }
  return {
    api,
    clock,
    store,
    known,
    /** How often what waits was counted. */
    get counts() {
      return counts
    },
    /** Which workspaces are to be reviewed, and after how many milliseconds. */
    later,
    start,
    told,
    guard: start(),
    change: (change: Partial<KubeObject>) => store.observe(api.change(path, change)),
    approve: (hash = '') => {
      const annotations = { 'lakeward.dev/approve-deletions': hash }
      store.observe(api.change(path, { metadata: { ...workspace.metadata, annotations } }))
    },
    status: () => (api.objects.get(path)?.status ?? {}) as DatabricksWorkspaceStatus,
  }
}

describe('a deletion that needs no approval', () => {
  it('stands in the status of the workspace before it may go, beside all else', async () => {
    const one = await stage()
    expect(await one.guard.ask(key, job('a'))).toBeUndefined()
    expect(one.status()).toMatchObject({
      conditions: [{ type: 'Ready' }],
      deletions: { recent: [{ uid: 'uid-of-a', at: beginning }] },
    })
    expect(await one.told()).toEqual([])
  })

  it('counts once, however often it is tried, also by another process', async () => {
    const one = await stage([job('a')])
    await one.guard.ask(key, job('a'))
    one.api.writes.length = 0
    expect(await one.guard.ask(key, job('a'))).toBeUndefined()
    expect(await one.start().ask(key, job('a'))).toBeUndefined()
    expect(one.api.writes).toEqual([])
  })

  it('is one of no more than the guard says, also when many ask at once and none knows of the others', async () => {
    const one = await stage()
    const answers = await Promise.all(jobs(5).map((each) => one.guard.ask(key, each)))
    expect(answers.map((why) => why === undefined)).toEqual([true, true, false, false, false])
    expect(one.status().deletions?.recent).toHaveLength(2)
  })

  it('goes again an hour later', async () => {
    const one = await stage()
    for (const each of jobs(2)) await one.guard.ask(key, each)
    expect(await one.guard.ask(key, job('late'))).toBeDefined()
    await one.clock.advance(3_600_000)
    expect(await one.guard.ask(key, job('late'))).toBeUndefined()
    expect(one.status().deletions?.held).toBeUndefined()
  })

  it('counts on as long as it is on its way, and for an hour after it was tried last', async () => {
    const one = await stage(jobs(2))
    for (const each of jobs(2)) await one.guard.ask(key, each)
    await one.clock.advance(2 * 3_600_000)
    expect(await one.guard.ask(key, job('late'))).toBeDefined()
    expect(await one.guard.ask(key, job('job-0'))).toBeUndefined()
    expect(one.status().deletions?.recent).toEqual([
      { uid: 'uid-of-job-1', at: beginning },
      { uid: 'uid-of-job-0', at: '2026-01-01T02:00:00Z' },
    ])
    one.known.splice(0)
    await one.clock.advance(3_599_000)
    expect(await one.guard.ask(key, job('late'))).toBeUndefined()
    expect(await one.guard.ask(key, job('later'))).toBeDefined()
    await one.clock.advance(10_001)
    expect(await one.guard.ask(key, job('later'))).toBeUndefined()
  })

  it('is decided anew when the workspace has changed meanwhile', async () => {
    const one = await stage()
    one.api.before = () => {
      one.api.before = () => undefined
      one.change({ spec: { host, credentials, deletionGuard: 0 } })
    }
    expect(await one.guard.ask(key, job('a'))).toContain('more than 0 manifests')
    expect(one.status().deletions?.recent).toBeUndefined()
  })

  it.each([
    [2, [true, true, false]],
    ['two', [false, false, false]],
  ])(
    'is counted as the workspace says (%s), whatever else of it cannot be read',
    async (deletionGuard, may) => {
      const one = await stage()
      one.change({ spec: { host: 5, deletionGuard } })
      const answers = await Promise.all(jobs(3).map((each) => one.guard.ask(key, each)))
      expect(answers.map((why) => why === undefined)).toEqual(may)
    },
  )

  it('waits for a workspace that does not exist', async () => {
    const one = await stage()
    expect(await one.guard.ask('data/other', job('a'))).toBe('DatabricksWorkspace data/other does not exist')
    await one.guard.review('data/other')
  })

  it('that could not be recorded does not go, and holds up nobody after it', async () => {
    const one = await stage()
    one.api.before = () => one.change({})
    await expect(one.guard.ask(key, job('a'))).rejects.toMatchObject({ status: 409 })
    one.api.before = () => undefined
    expect(await one.guard.ask(key, job('b'))).toBeUndefined()
  })
})

describe('deletions beyond the guard', () => {
  it('wait, all of them, and say by which command they go on', async () => {
    const one = await stage(jobs(3))
    const answers = await Promise.all(jobs(3).map((each) => one.guard.ask(key, each)))
    const { held, recent } = one.status().deletions ?? {}
    expect(recent).toBeUndefined()
    expect(new Set(answers)).toEqual(
      new Set([
        'more than 2 manifests of DatabricksWorkspace data/default wait to be deleted in Databricks or were within an hour ' +
          '(spec.deletionGuard; its status.deletions names them). All go on after: ' +
          `kubectl annotate databricksworkspace default -n data --overwrite lakeward.dev/approve-deletions=${held?.hash}`,
      ]),
    )
  })

  it('are told by one event, however many they become, and written once while nothing changes', async () => {
    const one = await stage(jobs(3))
    await one.guard.ask(key, job('job-0'))
    one.known.push(job('another'))
    await one.guard.ask(key, job('another'))
    await one.told()
    await one.clock.advance(10_001)
    await one.guard.review(key)
    const { length } = one.api.writes
    for (const each of one.known) await one.guard.ask(key, each)
    await one.guard.review(key)
    expect(one.api.writes).toHaveLength(length)
    expect(await one.told()).toEqual(['Warning DeletionsHeld'])
  })

  it('do not hold back what was let go before them', async () => {
    const one = await stage([job('first')])
    expect(await one.guard.ask(key, job('first'))).toBeUndefined()
    one.known.push(...jobs(3))
    expect(await one.guard.ask(key, job('job-0'))).toBeDefined()
    expect(await one.guard.ask(key, job('first'))).toBeUndefined()
  })

  it('are counted once in ten seconds for those who wait already, by the thousand perhaps', async () => {
    const one = await stage(jobs(3))
    const ask = async () => {
      for (const each of jobs(3)) expect(await one.guard.ask(key, each)).toBeDefined()
    }
    await ask()
    const { counts } = one
    await ask()
    expect(one.counts).toBe(counts)
    await one.clock.advance(10_001)
    await ask()
    expect(one.counts).toBe(counts + 1)
  })

  it('are joined by whoever comes meanwhile, who is counted with the others a few seconds later', async () => {
    const one = await stage(jobs(3))
    await one.guard.ask(key, job('job-0'))
    const hash = one.status().deletions?.held?.hash
    await one.clock.advance(4_000)
    const { counts } = one
    const late = Array.from({ length: 1_000 }, (_, index) => job(`late-${index}`))
    one.known.push(...late)
    for (const each of late) expect(await one.guard.ask(key, each)).toContain(hash)
    expect(one.counts).toBe(counts)
    expect([...one.later]).toEqual([[key, 6_001]])
    await one.clock.advance(6_001)
    await one.guard.review(key)
    expect(one.status().deletions?.held?.reason).toContain('1003 manifests wait')
  })

  it('are counted anew for a workspace of the same name that comes later', async () => {
    const one = await stage(jobs(3))
    await one.guard.ask(key, job('job-0'))
    one.guard.forget(key)
    const { counts } = one
    await one.guard.ask(key, job('job-0'))
    expect(one.counts).toBe(counts + 1)
  })

  it('go on without being counted once they are approved', async () => {
    const one = await stage(jobs(3))
    await one.guard.review(key)
    one.approve(one.status().deletions?.held?.hash)
    await one.guard.review(key)
    const { counts } = one
    for (const each of jobs(3)) expect(await one.guard.ask(key, each)).toBeUndefined()
    expect(one.counts).toBe(counts)
  })

  it('are counted at once for a guard that is raised meanwhile', async () => {
    const one = await stage(jobs(3))
    expect(await one.guard.ask(key, job('job-0'))).toBeDefined()
    one.change({ spec: { host, credentials, deletionGuard: 3 } })
    expect(await one.guard.ask(key, job('job-0'))).toBeUndefined()
  })

  it('go on when their hash is approved, whoever notices first', async () => {
    const one = await stage(jobs(3))
    await one.guard.review(key)
    one.approve(one.status().deletions?.held?.hash)
    expect(await one.guard.ask(key, job('job-1'))).toBeUndefined()
    // A GitOps tool takes the annotation away again.
    one.approve()
    for (const each of jobs(3)) expect(await one.start().ask(key, each)).toBeUndefined()
    expect(one.status().deletions).toEqual({ approvedUpTo: beginning })
    expect(await one.told()).toEqual(['Warning DeletionsHeld', 'Normal DeletionsApproved'])
  })

  it('are approved also when only the workspace itself is looked at', async () => {
    const one = await stage(jobs(3))
    await one.guard.review(key)
    one.approve(one.status().deletions?.held?.hash)
    await one.guard.review(key)
    expect(one.status().deletions).toEqual({ approvedUpTo: beginning })
  })

  it('wait anew when they come after an approval, which counts for none of them', async () => {
    const one = await stage(jobs(3))
    await one.guard.review(key)
    const hash = one.status().deletions?.held?.hash
    one.approve(hash)
    await one.guard.review(key)
    one.known.splice(0, 3, ...['x', 'y', 'z'].map((name) => job(name, '2026-01-01T00:05:00Z')))
    expect(await one.guard.ask(key, job('x', '2026-01-01T00:05:00Z'))).toBeDefined()
    expect(one.status().deletions?.held?.hash).not.toBe(hash)
  })

  it('are no longer shown when nothing waits any more', async () => {
    const one = await stage(jobs(3))
    await one.guard.review(key)
    one.known.splice(0)
    await one.guard.review(key)
    expect(one.status().deletions).toBeUndefined()
  })
})
