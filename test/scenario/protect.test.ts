import { describe, expect } from 'vitest'
import type { Manifest } from './kubernetes.ts'
import { cluster, grant, job, secret, token, workspace } from './manifests.ts'
import { idOf } from './observer.ts'
import { withPeople } from './people.ts'
import { until } from './until.ts'

/* What `spec.management.protect` protects, whoever wants to delete it. */

const it = withPeople({ tenants: ['ending'] })

/** Nobody works on these: most of the stories are about what the API server takes. */
const still = { management: { suspend: true } }
const safe = { management: { suspend: true, protect: true } }
const unprotect = ['--type=merge', '-p', '{"spec":{"management":{"protect":false}}}']

/** Found by the label `set`, too. */
const labelled = <M extends Manifest>(manifest: M, set: string): M => ({
  ...manifest,
  metadata: { ...manifest.metadata, labels: { set } },
})

/** Each way in which an object can be deleted. */
const ways: readonly [string, (name: string, namespace: string) => [string[], ...object[]]][] = [
  ['kubectl delete', (name) => [['delete', 'jobspec', name]]],
  ['kubectl delete with force', (name) => [['delete', 'jobspec', name, '--force', '--grace-period=0']]],
  ['kubectl replace with force', (name) => [['replace', '--force', '-f', '-'], job(name)]],
  ['a selector', (name) => [['delete', 'jobspecs', `--selector=set=${name}`]]],
  [
    'a deletion of the collection',
    (name, namespace) => {
      const path = `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/jobspecs`
      return [['delete', '--raw', `${path}?labelSelector=set%3D${name}`]]
    },
  ],
  [
    'what prunes',
    (name) => {
      const list = ['--prune', '--prune-allowlist=lakeward.dev/v1beta1/JobSpec', `--selector=set=${name}`]
      return [['apply', ...list, '-f', '-'], labelled(job(`${name}-left`, still), name)]
    },
  ],
]

describe('what is protected', () => {
  it.for(ways)('is not deleted by %s', async ([way, command], { world: { kubernetes }, people }) => {
    const name = way.replaceAll(' ', '-')
    await kubernetes.apply(labelled(job(name, safe), name))
    const [args, ...manifests] = command(name, kubernetes.namespace)
    const answer = await people.eddie.types(args, ...manifests)
    expect(answer).toContain(
      `JobSpec ${kubernetes.namespace}/${name} is protected by spec.management.protect.`,
    )
    expect(kubernetes.object('JobSpec', name).metadata.deletionTimestamp).toBeUndefined()
    await kubernetes.kubectl(['patch', 'jobspec', name, ...unprotect])
    expect(await people.eddie.types(args, ...manifests)).toBe('done')
  })

  it.for([job('kept', safe), cluster('kept', safe), grant('kept', 'main', { analysts: ['SELECT'] })])(
    'is not deleted by an administrator either: $kind',
    async (manifest, { world: { kubernetes } }) => {
      const { kind, metadata, spec } = { ...manifest, spec: { ...manifest.spec, ...safe } }
      await kubernetes.apply({ ...manifest, spec } as Manifest)
      const { code, stderr } = await kubernetes.tryKubectl(['delete', kind, metadata.name])
      expect(code).toBe(1)
      // What it says to type is what helps.
      const [, typed = ''] = /: kubectl (patch .*)$/m.exec(stderr) ?? []
      await kubernetes.kubectl(typed.split(' ').map((word) => word.replaceAll("'", '')))
      await kubernetes.delete(kind, metadata.name)
    },
  )

  it('goes with its namespace but for the remote object, which somebody has to let go', async ({
    world,
    people: { eddie, april },
  }) => {
    const { kubernetes, databricks } = world
    const ending = world.tenant('ending')
    const [there, wait] = [['--namespace', ending.namespace], '--wait=false']
    for (const [who, role] of [
      ['eddie', 'edit'],
      ['april', 'approve'],
    ] as const)
      await ending.kubectl(['create', 'rolebinding', who, `--clusterrole=lakeward-${role}`, `--user=${who}`])
    const manifest = job('last', { management: { protect: true } })
    await ending.apply(secret('databricks', { token }), workspace('default', databricks.url), manifest)
    const id = idOf(await ending.ready('JobSpec', 'last'))
    const remove = ['delete', 'jobspec', 'last', wait, ...there]
    expect(await eddie.types(remove)).toContain('is protected by spec.management.protect')
    await kubernetes.kubectl(['delete', 'namespace', ending.namespace, wait])
    await until('the server has heard of it', async () => (await eddie.types(remove)) === 'done')
    await until('it is held', () => ending.object('JobSpec', 'last').status.held)
    // Again, which is nothing new.
    expect(await eddie.types(remove)).toBe('done')

    const answer = await eddie.types(['patch', 'jobspec', 'last', ...unprotect, ...there])
    expect(answer).toContain(
      'is being deleted, so that to take its spec.management.protect away is to approve',
    )
    expect(answer).toContain('lakeward.dev/abandon=true')
    expect(await databricks.job(id)).toBeDefined()
    const { held } = ending.object('JobSpec', 'last').status
    const approval = `lakeward.dev/approve=${held?.hash}`
    expect(await april.types(['annotate', 'jobspec', 'last', approval, ...there])).toBe('done')
    await until('it is gone', () => ending.isGone('JobSpec', 'last'))
    expect(await databricks.job(id)).toBeUndefined()
  })
})
