import { describe, expect, it } from 'vitest'
import { commandsFor, reviewOf, rightsFor, wordsOf, type Right } from '../../src/operator/start-up-rights.ts'

const own = { leaseNamespace: 'lakeward' }

const key = ({ verb, resource, namespace = '*' }: Right) => `${namespace} ${verb} ${resource}`

const missing = (namespaces: string[] | undefined, isMissing: (right: Right) => boolean) =>
  rightsFor({ ...own, namespaces, isNamed: false }).filter(isMissing)

const gets = ({ verb, resource }: Right) => verb === 'get' && resource === 'namespaces'

describe('the rights it takes', () => {
  it('are those of the role, in the whole cluster', () => {
    const rights = rightsFor({ ...own, isNamed: false })
    const inOne = rights.filter(({ namespace }) => namespace !== undefined)
    expect(inOne.map(key)).toEqual([
      'lakeward get leases',
      'lakeward create leases',
      'lakeward update leases',
    ])
    expect(rights.map(key)).toEqual(
      expect.arrayContaining([
        '* watch jobspecs',
        '* patch cataloggrants/status',
        '* get secrets',
        '* list namespaces',
        '* get customresourcedefinitions',
      ]),
    )
    expect(rights.map(key)).not.toContain('* list secrets')
  })

  it('are for some namespaces fewer: what belongs to none is asked for once', () => {
    const keys = rightsFor({ ...own, namespaces: ['a', 'b'], isNamed: true }).map(key)
    expect(keys).toEqual(
      expect.arrayContaining(['a watch jobspecs', 'b watch jobspecs', '* watch namespaces']),
    )
    expect(keys.filter((one) => one.endsWith(' get customresourcedefinitions'))).toEqual([
      '* get customresourcedefinitions',
    ])
    expect(keys).not.toContain('* get secrets')
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('are on namespace kube-system only where that names the installation', () => {
    expect(rightsFor({ ...own, isNamed: false }).filter(gets)).toMatchObject([{ name: 'kube-system' }])
    expect(rightsFor({ ...own, isNamed: true }).filter(gets)).toEqual([])
  })

  it('are needed but for those whose lack tells itself', () => {
    const optional = rightsFor({ ...own, isNamed: true }).filter(({ without }) => without !== undefined)
    expect(optional.map(key)).toEqual(['* get secrets', '* create events', '* patch events'])
  })
})

describe('a question about a right', () => {
  it('is one that the API server answers', () => {
    const right = rightsFor({ ...own, namespaces: ['a'], isNamed: true }).find(({ resource }) =>
      resource.includes('/'),
    )
    expect(right && reviewOf(right)).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: {
          verb: 'patch',
          group: 'lakeward.dev',
          resource: 'databricksworkspaces',
          subresource: 'status',
          name: undefined,
          namespace: 'a',
        },
      },
    })
  })
})

describe('missing rights', () => {
  it.each([
    [
      'in one namespace',
      missing(['a'], ({ resource }) => resource.startsWith('jobspecs')),
      'in namespace a to get, list, watch, patch jobspecs.lakeward.dev, to patch jobspecs.lakeward.dev/status',
    ],
    [
      'in several alike, and in the cluster',
      missing(['a', 'b'], ({ resource }) => resource === 'jobspecs' || resource === 'namespaces'),
      'in the namespaces a, b to get, list, watch, patch jobspecs.lakeward.dev; in the whole cluster to get namespaces kube-system, to list, watch namespaces',
    ],
    [
      'of one verb on several kinds',
      missing(undefined, ({ verb, group }) => verb === 'watch' && group === 'lakeward.dev'),
      'in the whole cluster to watch databricksworkspaces.lakeward.dev, databricksclusters.lakeward.dev, jobspecs.lakeward.dev, cataloggrants.lakeward.dev',
    ],
  ])('are told in words: %s', (_, rights, words) => {
    expect(wordsOf(rights)).toBe(words)
  })

  it('are given by commands that can be typed as they stand', () => {
    const rights = missing(['a', 'b'], () => true)
    expect(commandsFor(rights, 'system:serviceaccount:lakeward:operator')).toEqual([
      'kubectl apply -f charts/lakeward/files/lakeward-operator.yaml -f charts/lakeward/files/lakeward-operator-cluster.yaml -f charts/lakeward/files/lakeward-operator-lease.yaml',
      'kubectl create rolebinding lakeward-operator --namespace=a --clusterrole=lakeward-operator --serviceaccount=lakeward:operator',
      'kubectl create rolebinding lakeward-operator --namespace=b --clusterrole=lakeward-operator --serviceaccount=lakeward:operator',
      'kubectl create clusterrolebinding lakeward-operator-cluster --clusterrole=lakeward-operator-cluster --serviceaccount=lakeward:operator',
      'kubectl create rolebinding lakeward-operator-lease --namespace=lakeward --clusterrole=lakeward-operator-lease --serviceaccount=lakeward:operator',
    ])
  })

  it('are given to somebody who is no ServiceAccount, or of whom nothing is known', () => {
    const rights = missing(undefined, ({ resource }) => resource === 'jobspecs')
    expect(commandsFor(rights, 'ana@example.com')[1]).toMatch(/ --user="ana@example\.com"$/)
    expect(commandsFor(rights, undefined)[1]).toMatch(/ --serviceaccount=NAMESPACE:NAME$/)
  })
})
