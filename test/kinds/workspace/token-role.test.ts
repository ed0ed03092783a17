import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { tokenRole } from '../../../src/kinds/workspace/token-role.ts'

const parsed = (wanted: Parameters<typeof tokenRole>[0]) =>
  parseAllDocuments(tokenRole(wanted)).map((document) => document.toJS() as Record<string, unknown>)

const nameIn = (role = '') => /name: "(lakeward-token-[^"]*)"/.exec(role)?.[1]

describe('the Role that a status shows', () => {
  it('names one ServiceAccount, one verb, and the operator', () => {
    const operator = 'system:serviceaccount:lakeward:operator'
    const metadata = { name: 'lakeward-token-lake', namespace: 'data' }
    expect(parsed({ namespace: 'data', name: 'lake', operator })).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata,
        rules: [
          {
            apiGroups: [''],
            resources: ['serviceaccounts/token'],
            resourceNames: ['lake'],
            verbs: ['create'],
          },
        ],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'lakeward-token-lake' },
        subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: 'lakeward' }],
      },
    ])
  })

  it('keeps names that a YAML parser takes for something else', () => {
    const operator = 'system:serviceaccount:true:1e3'
    const [role, binding] = parsed({ namespace: 'null', name: '007', operator })
    expect(role).toMatchObject({
      metadata: { namespace: 'null' },
      rules: [{ resourceNames: ['007'] }],
    })
    expect(binding).toMatchObject({ subjects: [{ name: '1e3', namespace: 'true' }] })
  })

  it('is for a user when the operator is one, and for somebody to fill in when nobody knows', () => {
    const user = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ana' }
    expect(parsed({ namespace: 'data', name: 'lake', operator: 'ana' })[1]).toMatchObject({
      subjects: [user],
    })
    expect(parsed({ namespace: 'data', name: 'lake', operator: undefined })[1]).toMatchObject({
      subjects: [{ name: 'OPERATORS-NAME', namespace: 'OPERATORS-NAMESPACE' }],
    })
  })

  it('fits into a condition whatever the names are, and is not that of another ServiceAccount', () => {
    const operator = `system:serviceaccount:${'o'.repeat(63)}:${'p'.repeat(253)}`
    const [one, other] = ['1', '2'].map((end) =>
      tokenRole({ namespace: 'd'.repeat(63), name: 'n'.repeat(252) + end, operator }),
    )
    expect(one?.length).toBeLessThan(1_500)
    expect(nameIn(one)).not.toBe(nameIn(other))
  })
})
