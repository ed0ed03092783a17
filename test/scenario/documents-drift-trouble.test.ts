import { describe } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import { Databricks, type Fault } from './databricks.ts'
import { cluster, job, secret, task, within, workspace } from './manifests.ts'
import { holdPage } from './recorded-pages.ts'
import { messages, recordingIn } from './recording.ts'
import type { World } from './world.ts'

/* What docs/drift.md shows of manifests that something stands in the way of. */

const it = recordingIn('dr-4')

const legacyReport = '901234567890123457'

/** What a job says that runs on a cluster of this name. */
const on = (name: string) => ({ tasks: [task('main', { clusterRef: { name } })] })

describe('a manifest', () => {
  it('is refused by Databricks', async ({ world: { kubernetes }, transcript }) => {
    await kubernetes.apply(cluster('huge', { nodeTypeId: 'm99.colossal' }))
    await kubernetes.has('DatabricksCluster', 'huge', { Stalled: 'True Refused' })
    await transcript.explains('refused', 'databrickscluster huge')
  })

  it('lacks a right', async ({ world, transcript }) => {
    const { kubernetes } = world
    const databricks = await world.anotherDatabricks({ tokens: { bens: 'ben@example.com' } })
    await kubernetes.apply(
      secret('ben', { token: 'bens' }),
      workspace('modest', databricks.url, { secret: 'ben' }),
      within('modest', job('legacy', { management: { externalId: legacyReport } })),
    )
    await kubernetes.has('JobSpec', 'legacy', { Stalled: 'True Forbidden' })
    await transcript.explains('forbidden', 'jobspec legacy')
  })

  it('waits for another object', async ({ world: { kubernetes, databricks }, transcript }) => {
    await kubernetes.apply(
      job('ingest', on('small')),
      job('train', on('huge')),
      within('staging', job('trial')),
      workspace('vacant', databricks.url, { secret: 'databricks-vacant' }),
      within('vacant', job('hourly')),
    )
    await kubernetes.has('JobSpec', 'ingest', { Reconciling: 'True ReferenceMissing' })
    await kubernetes.has('JobSpec', 'train', { Reconciling: 'True ReferenceNotReady' })
    await kubernetes.has('JobSpec', 'trial', { Reconciling: 'True WorkspaceMissing' })
    await kubernetes.has('JobSpec', 'hourly', { Reconciling: 'True WorkspaceNotReady' })
    await transcript.types('waiting', 'get jobspec ingest train trial hourly')
    await transcript.types('waiting', `get jobspec ingest train trial hourly ${messages}`)
    await transcript.types('waiting-workspace', 'get databricksworkspace vacant')
  })
})

/** A workspace with a job, and what happens whenever the job is looked for. */
async function inTrouble(world: World, name: string, trouble: Omit<Fault, 'match'>): Promise<void> {
  // Workspaces of their own: what is read of one serves all objects that live in it.
  const content = { ...seedContent, workspaceId: idOfItsOwn[name] ?? seedContent.workspaceId }
  const databricks = await world.anotherDatabricks({ content })
  await databricks.fault({ match: 'GET /api/2.2/jobs/list', count: 100_000, ...trouble })
  await world.kubernetes.apply(workspace(name, databricks.url), within(name, job(name)))
}

const idOfItsOwn: Record<string, string> = {
  busy: '7405633333333331',
  down: '7405633333333332',
  proxied: '7405633333333333',
}

const refusal = (error_code: string, message: string) => ({ body: { error_code, message } })

describe('Databricks', () => {
  it('is not reached, or answers something else', async ({ world, transcript }) => {
    const { kubernetes } = world
    const gone = await Databricks.start()
    await gone.stop()
    await Promise.all([
      kubernetes.apply(workspace('remote', gone.url), within('remote', job('unheard'))),
      inTrouble(world, 'busy', {
        status: 429,
        ...refusal('REQUEST_LIMIT_EXCEEDED', 'Too many requests. Please wait before trying again.'),
      }),
      inTrouble(world, 'down', {
        status: 503,
        ...refusal('TEMPORARILY_UNAVAILABLE', 'The service is temporarily unavailable.'),
      }),
      inTrouble(world, 'proxied', { status: 200, body: '<html><title>Sign in</title></html>' }),
    ])
    await kubernetes.has('DatabricksWorkspace', 'remote', { Reconciling: 'True Unreachable' })
    await transcript.explains('unreachable', 'databricksworkspace remote')
    await kubernetes.has('JobSpec', 'busy', { Reconciling: 'True Throttled' })
    await kubernetes.has('JobSpec', 'down', { Reconciling: 'True Unavailable' })
    await kubernetes.has('JobSpec', 'proxied', { Reconciling: 'True UnexpectedAnswer' })
    await transcript.types('answers', 'get jobspec busy down proxied')
    await transcript.types('answers', `get jobspec busy down proxied ${messages}`)
    await kubernetes.recheck('DatabricksWorkspace', 'busy')
    await kubernetes.has('DatabricksWorkspace', 'busy', { Ready: 'True Throttled' })
    await transcript.explains('throttled', 'databricksworkspace busy')
  })
})

it('is what docs/drift.md shows', ({ transcript }) => holdPage('drift.md', transcript.blocks, 'trouble'))
