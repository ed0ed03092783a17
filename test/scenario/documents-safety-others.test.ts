import { describe } from 'vitest'
import { seedContent } from '../../src/simulator/seed-content.ts'
import type { Manifest } from './kubernetes.ts'
import { grant, job, lending, within, workspace } from './manifests.ts'
import { idOf } from './observer.ts'
import { holdPage } from './recorded-pages.ts'
import { messages, move, recordingIn, told } from './recording.ts'
import type { World } from './world.ts'

/*
 * What docs/safety.md shows of what might be somebody else's: what was made before, by whom nobody knows, or with the
 * rights of another team. The operator has no --instance.
 */

const it = recordingIn('sa-2', { tenants: ['red'], isUnnamed: true })

/** A job that stayed when its manifest was deleted; returns its id. */
async function leftBehind({ kubernetes }: World, manifest: Manifest): Promise<string> {
  const { name } = manifest.metadata
  await kubernetes.apply(manifest)
  const id = idOf(await kubernetes.ready('JobSpec', name))
  await kubernetes.delete('JobSpec', name)
  return id
}

const retained = (name: string) => job(name, { management: { deletionPolicy: 'Retain' } })

const tagsOf = async ({ databricks }: World, id: string) =>
  (await databricks.job(id))?.at('settings.tags') as Record<string, string>

const retag = ({ databricks }: World, id: string, tags: Record<string, string>) =>
  databricks.ana.post('/api/2.2/jobs/update', { job_id: BigInt(id), new_settings: { tags } })

describe('a create', () => {
  it('has had no answer', async ({ world, transcript }) => {
    const { kubernetes, databricks, operator } = world
    await databricks.fault({ match: 'POST /api/2.2/jobs/create', reset: true })
    await kubernetes.apply(job('invoices'))
    await kubernetes.has('JobSpec', 'invoices', { Reconciling: 'True CreateUnfinished' })
    // It lasts as long as Databricks may still do what it was asked, which is short here.
    operator.freeze()
    await transcript.explains('unfinished', 'jobspec invoices')
    operator.thaw()
    await move(world, { leap: 5_000 })
    await kubernetes.ready('JobSpec', 'invoices')
    await told(world, 'invoices', 'Created')
    await transcript.types('unfinished', 'events --for jobspec/invoices')
  })
})

describe('what was made before', () => {
  it('is there twice', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const id = await leftBehind(world, retained('twin'))
    const tasks = [{ task_key: 'main', notebook_task: { notebook_path: '/Shared/main' } }]
    // Ana cloned it, with its tags.
    const copy = { name: 'twin', tags: await tagsOf(world, id), tasks }
    await databricks.ana.post('/api/2.2/jobs/create', copy)
    await kubernetes.apply(retained('twin'))
    await kubernetes.has('JobSpec', 'twin', { Stalled: 'True DuplicatesFound' })
    await transcript.explains('duplicates', 'jobspec twin')
  })

  it('carries no mark', async ({ world, transcript }) => {
    const { kubernetes, databricks } = world
    const { spec, ...rest } = workspace('unmarked', databricks.url)
    const unmarked = { ...rest, spec: { ...spec, mark: { jobs: 'None' } } }
    await kubernetes.apply(unmarked)
    const id = await leftBehind(world, within('unmarked', retained('plain')))
    await kubernetes.apply(within('unmarked', retained('plain')))
    await kubernetes.has('JobSpec', 'plain', { Stalled: 'True UnmarkedFound' })
    await transcript.explains('unmarked', 'jobspec plain')
    const management = { externalId: transcript.standsFor(id), mode: 'Correct' }
    const change = JSON.stringify({ spec: { management } })
    await transcript.types('unmarked', `patch jobspec plain --type=merge -p '${change}'`)
    await kubernetes.has('JobSpec', 'plain', { Ready: 'True Applied' })
    await transcript.types('unmarked', 'get jobspec plain')
  })

  it('carries the mark of an operator of another name', async ({ world, transcript }) => {
    const { kubernetes } = world
    const id = await leftBehind(world, retained('ledger'))
    const { 'lakeward-owner': mark = '', ...tags } = await tagsOf(world, id)
    await retag(world, id, { ...tags, 'lakeward-owner': `0ddba115${mark.slice(8)}` })
    await kubernetes.apply(retained('ledger'))
    await kubernetes.has('JobSpec', 'ledger', { Stalled: 'True ManagedElsewhere' })
    await transcript.explains('rebuilt', 'jobspec ledger')
    await kubernetes.apply(job('ledger', { management: { externalId: id, mode: 'Correct' } }))
    await kubernetes.has('JobSpec', 'ledger', { Stalled: 'True ManagedElsewhere' })
    await retag(world, id, tags)
    await kubernetes.recheck('JobSpec', 'ledger')
    await kubernetes.has('JobSpec', 'ledger', { Ready: 'True Applied' })
    await told(world, 'ledger', 'Adopted')
    await transcript.types('renamed', 'events --for jobspec/ledger')
  })

  it('has another workspace behind its host', async ({ world, transcript }) => {
    const { kubernetes } = world
    const other = await world.anotherDatabricks()
    await kubernetes.apply(workspace('moved', other.url), within('moved', job('moved')))
    await kubernetes.ready('JobSpec', 'moved')
    await other.replaceBy({ content: { ...seedContent, workspaceId: '7405622222222222' } })
    await kubernetes.recheck('DatabricksWorkspace', 'moved')
    await kubernetes.has('DatabricksWorkspace', 'moved', { Stalled: 'True WorkspaceChanged' })
    await transcript.explains('moved', 'databricksworkspace moved')
  })
})

const inShared = <M extends { spec: object }>(namespace: string, manifest: M): M => ({
  ...manifest,
  spec: { ...manifest.spec, workspaceRef: { name: 'shared', namespace } },
})

describe('a workspace of another team', () => {
  it('lends what its list says', async ({ world, transcript }) => {
    const { kubernetes, databricks, namespace } = world
    const red = world.tenant('red')
    const ana = { userName: 'ana@example.com' }
    const access = [{ namespaces: { names: [red.namespace] }, runAs: [ana] }]
    await kubernetes.apply(lending('shared', databricks.url, access))
    await kubernetes.ready('DatabricksWorkspace', 'shared')
    const wanted = [
      job('as-ana', { runAs: ana }),
      job('as-ben', { runAs: { userName: 'ben@example.com' } }),
      job('as-nobody'),
      grant('readers', 'main.silver', { analysts: ['SELECT'] }),
    ]
    await red.apply(...wanted.map((manifest) => inShared(namespace, manifest)))
    await red.ready('JobSpec', 'as-ana')
    await red.has('JobSpec', 'as-ben', { Stalled: 'True AccessDenied' })
    await red.has('JobSpec', 'as-nobody', { Stalled: 'True RunAsRequired' })
    await red.has('CatalogGrant', 'readers', { Stalled: 'True AccessDenied' })
    await transcript.types('lent', 'get jobspec,cataloggrant -n data-red')
    await transcript.types('lent', `get jobspec,cataloggrant -n data-red ${messages}`)
  })
})

it('is what docs/safety.md shows', ({ transcript }) => holdPage('safety.md', transcript.blocks, 'others'))
