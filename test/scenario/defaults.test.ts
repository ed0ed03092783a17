import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { cluster, job, workspace } from './manifests.ts'
import { idOf } from './observer.ts'
import type { World } from './world.ts'

const it = inWorld()

/** The workspace `default` says this besides where it is. */
async function says({ kubernetes, databricks }: World, terms: object): Promise<void> {
  const manifest = workspace('default', databricks.url)
  await kubernetes.apply({ ...manifest, spec: { ...manifest.spec, ...terms } } as typeof manifest)
  await kubernetes.ready('DatabricksWorkspace', 'default')
}

describe('the defaults of a workspace', () => {
  it('are in what is made, in no spec, and no drift', async ({ world }) => {
    const { kubernetes, databricks } = world
    const users = { groupName: 'users' }
    const permissions = {
      clusters: [{ ...users, permissionLevel: 'CAN_ATTACH_TO' }],
      jobs: [{ ...users, permissionLevel: 'CAN_VIEW' }],
    }
    await says(world, {
      defaults: { tags: { 'managed-by': 'lakeward' }, permissions, autoterminationMinutes: 20 },
    })
    const manifest = cluster('usual', { customTags: { own: '1' } })
    const { autoterminationMinutes: _never, ...spec } = manifest.spec as Record<string, unknown>
    const silent = { ...manifest, spec }
    await kubernetes.apply(silent, job('usual'))
    const object = await kubernetes.has('DatabricksCluster', 'usual', {
      Ready: 'True Applied',
      Drifted: 'False NoDrift',
    })
    const made = await databricks.cluster(idOf(object))
    expect(made?.at('autotermination_minutes')).toBe(20)
    expect(made?.at('custom_tags')).toMatchObject({ own: '1', 'managed-by': 'lakeward' })
    expect(object.status.drift).toMatchObject({ count: 0, unlisted: 0 })
    expect(object.spec).toEqual(spec)
    const levels = async (path: string) =>
      (await databricks.ana.get(`/api/2.0/permissions/${path}`))
        .list('access_control_list')
        .filter((entry) => entry.at('group_name') === 'users')
        .map((entry) => entry.at('all_permissions.0.permission_level'))
    expect(await levels(`clusters/${idOf(object)}`)).toEqual(['CAN_ATTACH_TO'])
    const jobId = idOf(await kubernetes.has('JobSpec', 'usual', { Ready: 'True Applied' }))
    expect(await levels(`jobs/${jobId}`)).toEqual(['CAN_VIEW'])
    const { writes } = await databricks.during(() => kubernetes.recheck('DatabricksCluster', 'usual'))
    expect(writes).toEqual([])
  })
})

describe('a workspace that forbids marks', () => {
  it('gets each thing once all the same, also when the answer to a create is lost', async ({ world }) => {
    const { kubernetes, databricks } = world
    await says(world, { mark: { jobs: 'None' } })
    await databricks.fault({ match: 'POST /api/2.2/jobs/create', when: 'after', reset: true })
    await kubernetes.apply(job('plain'))
    const object = await kubernetes.ready('JobSpec', 'plain')
    expect(await databricks.jobsNamed('plain')).toEqual([idOf(object)])
    expect((await databricks.job(idOf(object)))?.at('settings.tags')).toBeUndefined()
    expect(object.status).toMatchObject({ mark: expect.stringContaining('None') as string })
  })
})
