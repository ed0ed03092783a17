import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import type { Kubernetes } from './kubernetes.ts'
import { looseSchemas, ourSchemas } from './loose-schemas.ts'
import { cluster, grant, job, task, workspace } from './manifests.ts'
import { conditions, idOf, messageOf, type Observed } from './observer.ts'
import { OwnCluster } from './own-cluster.ts'
import { until } from './until.ts'

/*
 * Objects that were stored before a schema was tightened, or by a newer version of Lakeward. The definitions change
 * while the operator runs, which ends all watches: the stories ask with kubectl, not the observer.
 */

const it = inWorld({ cluster: () => OwnCluster.start() })

const get = async (kubernetes: Kubernetes, kind: string, name: string): Promise<Observed> =>
  JSON.parse(await kubernetes.kubectl(['get', kind, name, '-o', 'json'])) as Observed

const has = (
  kubernetes: Kubernetes,
  [kind, name]: readonly [string, string],
  expected: Record<string, string | undefined>,
) =>
  until(`${kind} ${name} has ${JSON.stringify(expected)}`, async () => {
    const object = await get(kubernetes, kind, name)
    expect(object.status.observedGeneration).toBe(object.metadata.generation)
    expect(conditions(object)).toMatchObject(expected)
    return object
  })

/** Once the server takes what fits these definitions only. */
async function define(kubernetes: Kubernetes, definitions: string): Promise<void> {
  await kubernetes.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], definitions)
  await kubernetes.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', '-'], definitions)
}

const put = (kubernetes: Kubernetes, manifest: object) =>
  until('it is stored', async () => {
    const { code, stderr } = await kubernetes.tryKubectl(
      ['replace', '--force', '--validate=false', '-f', '-'],
      JSON.stringify(manifest),
    )
    if (code !== 0) throw new Error(stderr)
    return true
  })

const recheck = async (kubernetes: Kubernetes, [kind, name]: readonly [string, string], token: string) => {
  await kubernetes.kubectl(['annotate', kind, name, '--overwrite', `lakeward.dev/reconcile-at=${token}`])
  return until(`${kind} ${name} has been checked again`, async () => {
    const object = await get(kubernetes, kind, name)
    return object.status.lastHandledReconcileAt === token && object
  })
}

const bare = (kind: string, name: string, spec?: unknown) => ({
  apiVersion: 'lakeward.dev/v1beta1',
  kind,
  metadata: { name },
  ...(spec === undefined ? {} : { spec }),
})

const twoTypes = [task('main', { sparkPythonTask: { pythonFile: '/Shared/main.py' } })]

/**
 * What is stored, which field is wrong, and what it is corrected to. What our definitions do not know is pruned when it
 * is read, and what lacks a spec is not taken until it has one.
 */
const rows = [
  {
    it: 'a rule is broken',
    wrong: job('rule', { tasks: twoTypes }),
    field: 'spec.tasks[0]',
    right: job('rule'),
  },
  {
    it: 'a type is another',
    wrong: job('type', { maxConcurrentRuns: '2' }),
    field: 'spec.maxConcurrentRuns',
    right: job('type'),
  },
  {
    it: 'what is required is missing',
    wrong: bare('JobSpec', 'missing', { tasks: [task('main')] }),
    field: 'spec.name',
    right: job('missing'),
  },
  {
    it: 'a value is unknown',
    wrong: job('value', { management: { mode: 'Freeze' } }),
    field: 'spec.management.mode',
    right: job('value'),
  },
  {
    it: 'a policy is unknown',
    wrong: job('policy', { management: { frozen: true } }),
    field: 'spec.management.frozen',
    right: job('policy'),
    becomes: 'pruned',
  },
  {
    it: 'a field is unknown',
    wrong: job('field', { maxRuns: 3 }),
    field: 'spec.maxRuns',
    right: job('field'),
    becomes: 'pruned',
  },
  {
    it: 'there is no spec',
    wrong: bare('JobSpec', 'none'),
    field: 'spec',
    right: job('none'),
    becomes: 'unwritable',
  },
  {
    it: 'the spec is null',
    wrong: bare('JobSpec', 'null', null),
    field: 'spec',
    right: job('null'),
    becomes: 'unwritable',
  },
  {
    it: 'a cluster has two sizes',
    wrong: cluster('sizes', { autoscale: { minWorkers: 1, maxWorkers: 2 }, numWorkers: 2 }),
    field: 'spec',
    right: cluster('sizes'),
  },
  {
    it: 'a privilege is outdated',
    wrong: grant('old', 'main', { analysts: ['USAGE'] }),
    field: 'spec.grants[0].privileges[0]',
    right: grant('old', 'main', { analysts: ['USE_CATALOG'] }),
  },
  {
    it: 'a workspace has no credentials',
    wrong: bare('DatabricksWorkspace', 'bare', { host: 'http://127.0.0.1:1' }),
    field: 'spec.credentials',
    right: workspace('bare', 'http://127.0.0.1:1'),
  },
] as const

interface Row {
  it: string
  wrong: { kind: string; metadata: { name: string } }
  field: string
}

const nameOf = ({ wrong: { kind, metadata } }: Row) => [kind, metadata.name] as const
const stalled = (kubernetes: Kubernetes, row: Row) =>
  until(`${row.it}: ${row.field} is named`, async () => {
    const object = await has(kubernetes, nameOf(row), {
      Stalled: 'True InvalidSpec',
      Ready: 'False InvalidSpec',
    })
    expect(messageOf(object, 'Stalled')).toContain(row.field)
    return object
  })

describe('under definitions of another version', () => {
  it('each wrong manifest is stalled with the field named, and the others go on', async ({ world }) => {
    const { kubernetes, databricks } = world
    await kubernetes.apply(job('steady'), job('going'), job('remembered'), job('restored'))
    for (const name of ['steady', 'going', 'remembered', 'restored']) await kubernetes.ready('JobSpec', name)
    await define(kubernetes, looseSchemas())
    // A watch from before may go on for a moment and show what comes by the former definition, without what that does
    // not know; from the first object on that is seen whole, all are.
    const first = { it: 'the first', wrong: job('first', { maxRuns: 3 }), field: 'spec.maxRuns' }
    await put(kubernetes, first.wrong)
    await stalled(kubernetes, first)
    const before = await databricks.writes()
    for (const { wrong } of rows) await put(kubernetes, wrong)
    for (const row of rows) await stalled(kubernetes, row)
    const since = (await databricks.writes()).slice(before.length)
    // The first one may be shown by the former definition once more, also after it was seen whole.
    expect(since.filter((write) => !JSON.stringify(write).includes('"first"'))).toEqual([])
    await put(kubernetes, job('fresh'))
    await has(kubernetes, ['JobSpec', 'fresh'], { Ready: 'True Applied' })
    // Under other definitions than it was written under an apply takes no member away; the write after it does.
    expect(world.takeProblems().filter((problem) => !problem.includes('first: drift.count is 0'))).toEqual([])
  })

  it('a deletion whose policy cannot be read waits and deletes nothing; abandon is the way out', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    const id = idOf(await get(kubernetes, 'JobSpec', 'going'))
    const change = { spec: { management: { deletionPolicy: 'Archive' } } }
    await kubernetes.kubectl(['patch', 'jobspec', 'going', '--type=merge', '-p', JSON.stringify(change)])
    await kubernetes.kubectl(['delete', 'jobspec', 'going', '--wait=false'])
    const object = await has(kubernetes, ['JobSpec', 'going'], { Ready: 'False DeletionWaits' })
    expect(messageOf(object, 'Ready')).toContain('spec.management.deletionPolicy')
    await kubernetes.kubectl(['annotate', 'jobspec', 'going', 'lakeward.dev/abandon=true'])
    await kubernetes.kubectl(['wait', '--for=delete', 'jobspec/going', '--timeout=30s'])
    expect(await databricks.job(id)).toBeDefined()
  })

  it('a status that another version wrote is written anew, but not what says which job is ours', async ({
    world,
  }) => {
    const { kubernetes, databricks } = world
    const write = (name: string, status: object) =>
      kubernetes.kubectl([
        'patch',
        'jobspec',
        name,
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status }),
      ])
    const before = await databricks.writes()
    await write('remembered', { putBack: 4, drift: 'little', lastApplied: { codec: 'zstd' }, held: [] })
    await recheck(kubernetes, ['JobSpec', 'remembered'], 'after')
    const anew = await has(kubernetes, ['JobSpec', 'remembered'], { Ready: 'True Applied' })
    expect(anew.status.drift).toEqual({ count: 0, unlisted: 0 })

    await write('restored', { origin: 'Restored' })
    await recheck(kubernetes, ['JobSpec', 'restored'], 'after')
    const object = await has(kubernetes, ['JobSpec', 'restored'], { Stalled: 'True StatusUnreadable' })
    expect(messageOf(object, 'Stalled')).toContain('status.origin: ')
    expect(messageOf(object, 'Stalled')).toContain(
      `kubectl edit jobspec restored -n ${kubernetes.namespace} --subresource=status`,
    )
    await write('restored', { origin: null })
    await recheck(kubernetes, ['JobSpec', 'restored'], 'and again')
    await has(kubernetes, ['JobSpec', 'restored'], { Ready: 'True Applied' })
    expect(await databricks.writes()).toHaveLength(before.length)
  })
})

describe('once the definitions are ours again', () => {
  it('what was stored before is found by a new start, and told', async ({
    world: { kubernetes, operator },
  }) => {
    await operator.stop()
    await put(kubernetes, bare('JobSpec', 'unseen-none'))
    await put(kubernetes, job('unseen-type', { maxConcurrentRuns: '2' }))
    await define(kubernetes, ourSchemas())
    await until('what does not fit is refused', async () => {
      const { stderr } = await kubernetes.tryKubectl(
        ['create', '--validate=false', '-f', '-'],
        JSON.stringify(job('late', { maxConcurrentRuns: '2' })),
      )
      return stderr.includes('spec.maxConcurrentRuns')
    })
    await operator.start()
    const typed = await has(kubernetes, ['JobSpec', 'unseen-type'], { Stalled: 'True InvalidSpec' })
    expect(messageOf(typed, 'Stalled')).toContain('spec.maxConcurrentRuns')
    // The server takes no write at all to an object without a spec but one that gives it one.
    await until('what has no status is told by an event', async () => {
      const events = await kubernetes.kubectl([
        'get',
        'events',
        '--field-selector=involvedObject.name=unseen-none',
      ])
      return events.includes('InvalidSpec') && events.includes('spec: is required')
    })
    await kubernetes.kubectl(['replace', '-f', '-'], JSON.stringify(job('unseen-none')))
    await has(kubernetes, ['JobSpec', 'unseen-none'], { Ready: 'True Applied' })
  })

  it('what is still wrong stays stalled, and the others go on', async ({ world: { kubernetes } }) => {
    for (const row of rows) {
      if ('becomes' in row) continue
      await recheck(kubernetes, nameOf(row), 'again')
      await stalled(kubernetes, row)
    }
    await kubernetes.kubectl(['apply', '-f', '-'], JSON.stringify(job('steady', { maxConcurrentRuns: 5 })))
    await has(kubernetes, ['JobSpec', 'steady'], { Ready: 'True Applied' })
  })

  it('each goes on once it is corrected', async ({ world }) => {
    const { kubernetes } = world
    for (const { right } of rows)
      // The server cannot apply to what is stored with another type; it can replace it.
      await kubernetes.kubectl(['replace', '-f', '-'], JSON.stringify(right))
    for (const row of rows)
      if (row.wrong.kind === 'DatabricksWorkspace')
        await has(kubernetes, nameOf(row), { Ready: 'False Unreachable', Reconciling: 'True Unreachable' })
      else await has(kubernetes, nameOf(row), { Ready: 'True Applied' })
  })

  it('nothing was an exception', ({ world }) => {
    expect(
      world.operator.log.filter((line) => line.includes('TypeError') || line.includes('a listener failed')),
    ).toEqual([])
  })
})
