import { describe, expect } from 'vitest'
import { resources } from '../../src/kinds/resources.ts'
import type { Kubernetes, Manifest } from './kubernetes.ts'
import { cluster, grant, job, workspace } from './manifests.ts'
import { approved, Person, withPeople } from './people.ts'

/*
 * Who may do what, by the roles and the policies that are installed with us. Each is tried by somebody who may and by
 * somebody who may not.
 */

const it = withPeople()

/** Nobody works on these: the stories are about what the API server takes. */
const still = { management: { suspend: true } }
const approve = 'lakeward.dev/approve'
const hash = 'b48c3a658d'

const teams = ['databricksclusters', 'jobspecs']
const all = resources.map(({ plural }) => plural)
const reading = ['get', 'list', 'watch']
const writing = ['create', 'delete', 'deletecollection', 'patch', 'update']
const to = (verbs: readonly string[], kinds: readonly string[]): string[] =>
  kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${kind}`))
const statuses = (kinds: readonly string[]): string[] => kinds.map((kind) => `${kind}/status`)

/** Whatever somebody might have been given. */
const rights = [
  ...to([...reading, ...writing, 'approve'], all),
  ...to(['get', 'patch', 'update'], statuses(all)),
  ...to(['get', 'create', 'patch'], ['secrets', 'pods', 'serviceaccounts', 'configmaps']),
]

/** What of it the API server says that a user may. */
async function rightsOf({ name: user }: Person, kubernetes: Kubernetes): Promise<string[]> {
  const questions = rights.map((right) => {
    const [verb, what = ''] = right.split(' ')
    const [resource = '', subresource] = what.split('/')
    const group = all.includes(resource) ? 'lakeward.dev' : ''
    const { namespace } = kubernetes
    const resourceAttributes = { verb, group, resource, subresource, namespace }
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' }
    return JSON.stringify({ ...review, spec: { user, resourceAttributes } })
  })
  const ask = ['create', '-f', '-', '-o', String.raw`jsonpath={.status.allowed}{"\n"}`]
  const answers = (await kubernetes.kubectl(ask, questions.join('\n'))).split('\n')
  return rights.filter((_right, index) => answers[index] === 'true')
}

describe('a role', () => {
  it.for([
    ['vera', [...to(reading, all), ...to(['get'], statuses(all))]],
    ['eddie', [...to([...reading, ...writing], teams), ...to(['get'], statuses(teams))]],
    ['adam', [...to([...reading, ...writing], all), ...to(['get'], statuses(all))]],
    ['april', [...to([...reading, 'patch', 'approve'], all), ...to(['get'], statuses(all))]],
  ] as const)('gives %s what it is for, and no more', async ([who, may], { world, people }) => {
    expect((await rightsOf(people[who], world.kubernetes)).toSorted()).toEqual(may.toSorted())
  })

  it('is what each of them has when it is tried', async ({ people: { vera, eddie, adam, april } }) => {
    const [made, given] = [job('tried', still), grant('tried', 'main', { analysts: ['SELECT'] })]
    const create = ['create', '--dry-run=server', '-f', '-']
    expect(await vera.types(['get', 'jobspecs,cataloggrants'])).toBe('done')
    expect(await vera.types(create, made)).toContain('cannot create resource "jobspecs"')
    expect(await eddie.types(create, made)).toBe('done')
    expect(await eddie.types(create, given)).toContain('cannot create resource "cataloggrants"')
    expect(await adam.types(create, given)).toBe('done')
    expect(await april.types(create, given)).toContain('cannot create resource "cataloggrants"')
  })
})

/** Each way in which an annotation can come to an object. */
const ways: readonly [string, (name: string) => [string[], ...object[]]][] = [
  ['kubectl annotate', (name) => [['annotate', 'jobspec', name, `${approve}=${hash}`]]],
  [
    'a JSON patch',
    (name) => {
      const path = `/metadata/annotations/${approve.replace('/', '~1')}`
      return [
        ['patch', 'jobspec', name, '--type=json', '-p', JSON.stringify([{ op: 'add', path, value: hash }])],
      ]
    },
  ],
  ['kubectl apply', (name) => [['apply', '-f', '-'], approved(job(name, still))]],
  [
    'a server-side apply',
    (name) => [['apply', '--server-side', '--force-conflicts', '-f', '-'], approved(job(name, still))],
  ],
  ['kubectl replace', (name) => [['replace', '-f', '-'], approved(job(name, still))]],
  ['kubectl create', (name) => [['create', '-f', '-'], approved(job(`${name}-new`, still))]],
  [
    'a server-side apply that creates',
    (name) => [['apply', '--server-side', '-f', '-'], approved(job(`${name}-new`, still))],
  ],
]

describe('an approval', () => {
  it.for(ways)('by %s takes somebody who may approve', async ([way, command], { world, people }) => {
    const name = way.toLowerCase().replaceAll(/[^a-z]+/g, '-')
    await world.kubernetes.apply(job(name, still))
    const [args, ...manifests] = command(name)
    const answer = await people.eddie.types(args, ...manifests)
    expect(answer).toContain('(Forbidden)')
    expect(answer).toMatch(
      /JobSpec \S+: to set lakeward\.dev\/approve takes the verb approve on jobspecs\.lakeward\.dev in namespace \S+, which eddie does not have and the ClusterRole lakeward-approve gives\. Leave it out/,
    )
    expect(await people.lea.types(args, ...manifests)).toBe('done')
  })

  it.for([
    ['jobspec', approve],
    ['databrickscluster', approve],
    ['cataloggrant', approve],
    ['databricksworkspace', approve],
    ['databricksworkspace', 'lakeward.dev/approve-deletions'],
  ] as const)('of a %s by %s needs no right but that', async ([kind, annotation], { world, people }) => {
    const { kubernetes, databricks } = world
    const name = annotation.split('/').at(-1) ?? ''
    const one = grant(name, 'main', { analysts: ['SELECT'] })
    const given = { ...one, spec: { ...one.spec, ...still } }
    await kubernetes.apply(job(name, still), cluster(name, still), given, workspace(name, databricks.url))
    const set = ['annotate', kind, name, '--overwrite', `${annotation}=${hash}`]
    for (const who of [people.adam, people.operator])
      expect(await who.types(set)).toContain(`: to set ${annotation} takes the verb approve on ${kind}s.`)
    expect(await people.april.types(set)).toBe('done')
  })

  it('is left and taken away by whoever may edit, and not exchanged', async ({
    world,
    people: { eddie },
  }) => {
    await world.kubernetes.apply(approved(job('left', still)))
    const apply = ['apply', '--server-side', '--force-conflicts', '-f', '-']
    expect(await eddie.types(apply, approved(job('left', { ...still, description: 'new' })))).toBe('done')
    const annotate = ['annotate', 'jobspec', 'left', '--overwrite']
    expect(await eddie.types([...annotate, `${approve}=another`])).toContain('to set lakeward.dev/approve')
    expect(await eddie.types([...annotate, `${approve}-`])).toBe('done')
  })

  it('is given where one may, and for what one may', async ({ world: { kubernetes, namespace }, people }) => {
    await kubernetes.apply(job('this', still), job('that', still))
    const only = ['--verb=approve,patch,get', '--resource=jobspecs.lakeward.dev', '--resource-name=this']
    await kubernetes.kubectl(['create', 'role', 'approves-this', ...only])
    const who = ['--role=approves-this', '--user=tom']
    await kubernetes.kubectl(['create', 'rolebinding', 'approves-this', ...who])
    const tom = new Person(kubernetes, 'tom')
    expect(await tom.types(['annotate', 'jobspec', 'this', `${approve}=${hash}`])).toBe('done')
    const elsewhere = `${namespace}-elsewhere`
    await kubernetes.kubectl(['create', 'namespace', elsewhere])
    const edits = ['--clusterrole=lakeward-edit', '--user=april', '--namespace', elsewhere]
    await kubernetes.kubectl(['create', 'rolebinding', 'april', ...edits])
    const create = ['create', '-f', '-', '--namespace', elsewhere]
    expect(await people.april.types(create, approved(job('there', still)))).toContain(
      'takes the verb approve',
    )
    expect(await people.april.types(create, job('there', still))).toBe('done')
  })

  it('never comes by way of the status, which is the operator’s', async ({
    world: { kubernetes },
    people,
  }) => {
    await kubernetes.apply(job('by-status', still))
    const change = JSON.stringify({ metadata: { annotations: { [approve]: hash } } })
    const patch = ['patch', 'jobspec', 'by-status', '--subresource=status', '--type=merge', '-p', change]
    for (const who of [people.adam, people.lea])
      expect(await who.types(patch)).toContain('cannot patch resource "jobspecs/status"')
    // Whoever may write it, such as an administrator, gets nothing else of the object in.
    await kubernetes.kubectl(patch)
    const { metadata } = JSON.parse(
      await kubernetes.kubectl(['get', 'jobspec', 'by-status', '-o', 'json']),
    ) as Manifest
    expect(metadata.annotations).not.toHaveProperty(approve)
  })
})

describe('who may only approve', () => {
  const more: readonly [string, object][] = [
    ['the spec', { spec: { description: 'mine' } }],
    [
      'what is held with the approval',
      { metadata: { annotations: { [approve]: hash } }, spec: { name: 'mine' } },
    ],
    ['how it is managed', { spec: { management: { mode: 'Observe' } } }],
    ['labels', { metadata: { labels: { team: 'mine' } } }],
    ['another annotation', { metadata: { annotations: { 'lakeward.dev/abandon': 'true' } } }],
    ['an annotation that is there', { metadata: { annotations: { theirs: null } } }],
    ['finalizers', { metadata: { finalizers: ['mine.example.com/hold'] } }],
    [
      'owners',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }] } },
    ],
  ]

  it.for(more)('does not change %s', async ([, change], { world: { kubernetes }, people }) => {
    const theirs = job('theirs', still)
    await kubernetes.apply({ ...theirs, metadata: { ...theirs.metadata, annotations: { theirs: 'x' } } })
    const patch = [
      'patch',
      'jobspec',
      'theirs',
      '--type=merge',
      '--dry-run=server',
      '-p',
      JSON.stringify(change),
    ]
    expect(await people.april.types(patch)).toContain(
      'april may patch jobspecs.lakeward.dev and not update them, and so may approve and change nothing else',
    )
    expect(await people.operator.types(patch)).toContain("'lakeward-approval' denied request")
    expect(await people.lea.types(patch)).toBe('done')
  })
})

describe('a program that syncs manifests', () => {
  it('writes them and prunes them, and approves nothing', async ({ people: { sync } }) => {
    const apply = ['apply', '--server-side', '--field-manager=sync', '-f', '-']
    expect(await sync.types(apply, job('synced', still), cluster('synced', still))).toBe('done')
    expect(await sync.types(apply, job('synced', { ...still, description: 'new' }))).toBe('done')
    expect(await sync.types(apply, approved(job('synced', still)))).toContain('to set lakeward.dev/approve')
    expect(await sync.types(['delete', 'jobspec,databrickscluster', 'synced'])).toBe('done')
  })
})
