import type { Named, Policy } from './policies.ts'

const apiVersion = 'admissionregistration.k8s.io/v1'
const nameOf = ({ name }: Policy): string => `lakeward-${name}`

/** Without what is said about it, which the API does not know. */
const bare = ({ name, expression }: Named) => ({ name, expression })

/**
 * A policy as Kubernetes takes it. What cannot be judged is refused: nobody is asked but the cluster's own authorization,
 * so that only a mistake in a rule could bring that about, and a mistake must neither approve nor delete.
 */
export function validatingAdmissionPolicy(policy: Policy) {
  const { description, operations, resources, conditions, variables, validations } = policy
  return {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: nameOf(policy), annotations: { 'lakeward.dev/description': description } },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [
          {
            apiGroups: ['lakeward.dev'],
            apiVersions: ['*'],
            operations: [...operations],
            resources: [...resources],
            scope: 'Namespaced',
          },
        ],
      },
      ...(conditions.length === 0 ? {} : { matchConditions: conditions.map(bare) }),
      variables: variables.map(bare),
      validations: validations.map(({ expression, says }) => ({
        expression,
        messageExpression: says,
        reason: 'Forbidden',
      })),
    },
  }
}

/** What puts it in force, for everybody and everywhere. It refuses: a warning comes when it has happened. */
export const policyBinding = (policy: Policy) => ({
  apiVersion,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: nameOf(policy) },
  spec: { policyName: nameOf(policy), validationActions: ['Deny'] },
})
