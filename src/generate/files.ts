import { Document, isNode } from 'yaml'

import { resources } from '../kinds/resources.ts'
import { policyBinding, validatingAdmissionPolicy } from './admission.ts'
import { chartReadme } from './chart-values.ts'
import { crdName, customResourceDefinition } from './custom-resource.ts'
import { driftRulesPage } from './drift-rules-page.ts'
import { managementPage } from './management-page.ts'
import { metricsPage } from './metrics-page.ts'
import { reasonsPage, rightsPage } from './pages.ts'
import { policies, type Policy } from './policies.ts'
import { clusterRole, type Role, roles } from './roles.ts'

const header =
  ' Written by "npm run generate" from the schemas in src/kinds and the roles in src/generate/roles.ts.'
const policyHeader = ' Written by "npm run generate" from src/generate/policies.ts.'

/** The chart can take in nothing that lies outside of it. */
const chartCrds = 'charts/lakeward/files/crds'
const chartRoles = 'charts/lakeward/files'
const chartPolicies = 'charts/lakeward/files/policies'

/** Folders in which every YAML file is generated: one that we did not write is left over from a former kind. */
export const generatedFolders: readonly string[] = ['crds', chartCrds, chartRoles, chartPolicies]

/** Every generated file: its text by its path from the top of the project. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ...resources.flatMap((definition) => {
      const name = `${crdName(definition)}.yaml`
      const crd = customResourceDefinition(definition)
      return [
        [`crds/${name}`, print(documentOf(crd))],
        [`${chartCrds}/${name}`, print(documentOf(keptByHelm(crd)))],
      ] as const
    }),
    ['docs/metrics.md', metricsPage(' Written by "npm run generate" from src/telemetry/metric-table.ts.')],
    ...roles.map((role) => [`${chartRoles}/${role.name}.yaml`, print(roleDocument(role))] as const),
    ...policies.map((policy) => [`${chartPolicies}/${policy.name}.yaml`, printPolicy(policy)] as const),
    ['charts/lakeward/README.md', chartReadme()],
    ['docs/drift-rules.md', driftRulesPage()],
    ['docs/management.md', managementPage()],
    ['docs/rights.md', rightsPage()],
    ['docs/reasons.md', reasonsPage()],
  ])
}

function roleDocument(role: Role): Document {
  const document = documentOf(clusterRole(role))
  explain(document, ['rules'], role.permissions)
  return document
}

/** The policy and what puts it in force, in one file. */
function printPolicy(policy: Policy): string {
  const document = documentOf(validatingAdmissionPolicy(policy))
  explain(document, ['spec', 'matchConditions'], policy.conditions)
  explain(document, ['spec', 'variables'], policy.variables)
  explain(document, ['spec', 'validations'], policy.validations)
  const binding = documentOf(policyBinding(policy))
  return `${print(document, policyHeader)}---\n${print(binding, ' What puts it in force.')}`
}

/** Says above each item of a list why it is there. */
function explain(document: Document, path: readonly string[], items: readonly { why: string }[]): void {
  for (const [index, { why }] of items.entries()) {
    const item = document.getIn([...path, index])
    if (isNode(item)) item.commentBefore = ` ${why}`
  }
}

/** Without the definition all objects of its kind would go, so an uninstall by Helm leaves it. */
const keptByHelm = (crd: ReturnType<typeof customResourceDefinition>) => ({
  ...crd,
  metadata: { ...crd.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } },
})

/** Anchors and aliases would save space, but people read these files and other tools cut them apart. */
const documentOf = (value: object): Document => new Document(value, { aliasDuplicateObjects: false })

function print(document: Document, comment = header): string {
  document.commentBefore = comment
  return document.toString({ lineWidth: 0 })
}
