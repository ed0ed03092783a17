import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { grant, job, secret, token, within, workspace } from './manifests.ts'
import { idOf, messageOf } from './observer.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const it = inWorld({ tenants: ['doomed'] })

/** A workspace that lets one manifest go without approval, and three of two kinds in it. */
async function careful({ kubernetes, databricks }: World) {
  const { spec, ...rest } = workspace('careful', databricks.url)
  await kubernetes.apply(
    { ...rest, spec: { ...spec, deletionGuard: 1 } } as typeof rest,
    within('careful', job('one')),
    within('careful', job('two')),
    within('careful', grant('three', 'main.bronze', { analysts: ['SELECT'] })),
  )
  const one = idOf(await kubernetes.ready('JobSpec', 'one'))
  const two = idOf(await kubernetes.ready('JobSpec', 'two'))
  await kubernetes.ready('CatalogGrant', 'three')
  return { one, two }
}

const all = [
  ['JobSpec', 'one'],
  ['JobSpec', 'two'],
  ['CatalogGrant', 'three'],
] as const

describe('deletions of a workspace beyond its guard', () => {
  const deletionsOf = ({ kubernetes }: World) =>
    (kubernetes.object('DatabricksWorkspace', 'careful').status as { deletions?: Deletions }).deletions

  interface Deletions {
    recent?: object[]
    held?: { hash: string; reason: string }
  }

  it('wait, all of them, say what lets them go, and go then', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    const { one, two } = await careful(world)
    const { writes } = await databricks.during(async () => {
      // As it is with a namespace: all of them are on their way before we hear of the first.
      await operator.stop()
      for (const [kind, name] of all) await kubernetes.beginDelete(kind, name)
      await operator.start()
      for (const [kind, name] of all) {
        const object = await kubernetes.has(kind, name, { Reconciling: 'True DeletionWaits' })
        await until('it says how to go on', () =>
          messageOf(kubernetes.object(kind, name), 'Reconciling').includes(
            `approve-deletions=${deletionsOf(world)?.held?.hash}`,
          ),
        )
        expect(messageOf(object, 'Reconciling')).toContain('lakeward.dev/abandon=true')
      }
    })
    expect(writes).toEqual([])
    const { hash, reason } = deletionsOf(world)?.held ?? { hash: '', reason: '' }
    expect(reason).toContain('3 manifests wait to be deleted in Databricks, where 1 may without approval')
    const { namespace } = kubernetes
    expect(reason).toContain(
      `CatalogGrant ${namespace}/three, JobSpec ${namespace}/one, JobSpec ${namespace}/two`,
    )
    expect(await kubernetes.kubectl(['get', 'dbw', 'careful'])).toMatch(
      new RegExp(`^NAME +HOST +READY +REASON +HELD +AGE\\ncareful .* True +Connected +${hash} `),
    )
    await until('an event says so', () =>
      kubernetes.seen
        .events('DatabricksWorkspace', 'careful')
        .some((event) => event.startsWith('DeletionsHeld: 3 manifests wait')),
    )

    // The second line of protection, which nobody has thought of before.
    const protect = '{"spec":{"management":{"protect":true}}}'
    await kubernetes.kubectl(['patch', 'jobspec', 'two', '--type=merge', '-p', protect])
    await until('it is held by itself', () => kubernetes.object('JobSpec', 'two').status.held !== undefined)
    expect(kubernetes.object('JobSpec', 'two').status.held).toMatchObject({
      verb: 'jobs/delete',
      impact: 'Delete',
    })

    await kubernetes.annotate('DatabricksWorkspace', 'careful', { 'approve-deletions': hash })
    await until(
      'the others are gone',
      () => kubernetes.isGone('JobSpec', 'one') && kubernetes.isGone('CatalogGrant', 'three'),
    )
    expect(await databricks.job(one)).toBeUndefined()
    expect(await databricks.grants('schema/main.bronze')).toEqual({})
    expect(await databricks.job(two)).toBeDefined()
    expect(deletionsOf(world)?.held).toBeUndefined()

    const { held } = kubernetes.object('JobSpec', 'two').status
    await kubernetes.annotate('JobSpec', 'two', { approve: held?.hash ?? '' })
    await until('it is gone too', () => kubernetes.isGone('JobSpec', 'two'))
    expect(await databricks.job(two)).toBeUndefined()
  })

  it('are counted anew after an approval: the next one goes at once', async ({ world: { kubernetes } }) => {
    await kubernetes.apply(within('careful', job('later')))
    await kubernetes.ready('JobSpec', 'later')
    await kubernetes.delete('JobSpec', 'later')
  })
})

describe('a namespace that is deleted', () => {
  it('takes its jobs along, although its Secret and its workspace go first', async ({ world }) => {
    const { kubernetes, databricks } = world
    const doomed = world.tenant('doomed')
    await doomed.apply(
      secret('databricks', { token }),
      workspace('default', databricks.url),
      job('doomed'),
      grant('doomed', 'main.silver', { analysts: ['SELECT'] }),
    )
    const id = idOf(await doomed.ready('JobSpec', 'doomed'))
    await doomed.ready('CatalogGrant', 'doomed')
    await kubernetes.kubectl(['delete', 'namespace', doomed.namespace, '--wait=false'])
    // What the controller of namespaces does, which no control plane here has: kind by kind, in any order.
    await doomed.kubectl(['delete', 'secret', 'databricks'])
    await doomed.recheck('DatabricksWorkspace', 'default')
    await doomed.has('DatabricksWorkspace', 'default', { Ready: 'False SecretMissing' })
    const kinds = ['databricksworkspaces', 'jobspecs', 'cataloggrants']
    for (const kind of kinds) await doomed.kubectl(['delete', kind, '--all', '--wait=false'])
    await until(
      'nothing is left',
      () =>
        doomed.isGone('JobSpec', 'doomed') &&
        doomed.isGone('CatalogGrant', 'doomed') &&
        doomed.isGone('DatabricksWorkspace', 'default'),
    )
    expect(await databricks.job(id)).toBeUndefined()
    expect(await databricks.grants('schema/main.silver')).toEqual({})
  })
})
