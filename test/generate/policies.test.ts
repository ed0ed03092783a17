import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { generatedFiles } from '../../src/generate/files.ts'
import { policies } from '../../src/generate/policies.ts'

interface Policy {
  kind: 'ValidatingAdmissionPolicy'
  metadata: { name: string }
  spec: {
    failurePolicy: string
    matchConditions?: { expression: string }[]
    variables?: { expression: string }[]
    validations: { expression: string; messageExpression: string }[]
  }
}

interface Binding {
  kind: 'ValidatingAdmissionPolicyBinding'
  spec: { policyName: string; validationActions: string[] }
}

const files = generatedFiles()

/** The functions and macros that the rules may use: all of them are in Kubernetes 1.29. */
const known = new Set(['has', 'type', 'size', 'exists', 'filter', 'join', 'check', 'allowed'])

/** What is called in an expression; texts in it call nothing. */
const callsIn = (expression: string): string[] =>
  [...expression.replaceAll(/'(\\.|[^'\\])*'/g, "''").matchAll(/(\w+)\(/g)].map(([, name = '']) => name)

describe.each(policies.map(({ name }) => name))('the policy %s', (name) => {
  const documents = parseAllDocuments(files.get(`charts/lakeward/files/policies/${name}.yaml`) ?? '')
  const [policy, binding] = documents.map((document) => document.toJS() as unknown) as [Policy, Binding]

  it('refuses, also what it cannot judge', () => {
    expect(policy.kind).toBe('ValidatingAdmissionPolicy')
    expect(policy.spec.failurePolicy).toBe('Fail')
    expect(binding).toMatchObject({
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: policy.metadata.name, validationActions: ['Deny'] },
    })
    expect(documents).toHaveLength(2)
  })

  it('calls nothing that Kubernetes 1.30 does not have', () => {
    const { matchConditions = [], variables = [], validations } = policy.spec
    const expressions = [...matchConditions, ...variables, ...validations].map(({ expression }) => expression)
    const messages = validations.map(({ messageExpression }) => messageExpression)
    const calls = [...expressions, ...messages].flatMap(callsIn)
    expect(calls).toContain('has')
    expect(calls.filter((call) => !known.has(call))).toEqual([])
  })
})
