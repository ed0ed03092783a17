import { apiVersionOf, type PrinterColumn, type ResourceDefinition } from '../kinds/resource.ts'
import { structuralSchema } from './structural.ts'

/** The name of a kind's CustomResourceDefinition, and of its file. */
export const crdName = ({ plural, group }: ResourceDefinition): string => `${plural}.${group}`

/** The CustomResourceDefinition of a kind, as Kubernetes takes it. */
export function customResourceDefinition(definition: ResourceDefinition) {
  const { group, version, kind, plural, singular, shortNames, columns } = definition
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName(definition) },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        shortNames: [...shortNames],
        categories: ['lakeward'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns.map(printerColumn),
          schema: { openAPIV3Schema: wholeObject(definition) },
        },
      ],
    },
  }
}

function printerColumn({ name, type, jsonPath, description, wide }: PrinterColumn) {
  return { name, type, jsonPath, description, ...(wide === true ? { priority: 1 } : {}) }
}

function wholeObject(definition: ResourceDefinition) {
  const { kind, description, rules } = definition
  return {
    description,
    type: 'object',
    required: ['spec'],
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
    properties: {
      apiVersion: { description: `Always ${apiVersionOf(definition)}.`, type: 'string' },
      kind: { description: `Always ${kind}.`, type: 'string' },
      metadata: { type: 'object' },
      spec: structuralSchema(definition.spec, 'spec'),
      status: {
        ...structuralSchema(definition.status, 'status'),
        description: 'What Lakeward found and did. Written by Lakeward only.',
        // Whoever reads health from generations must not take an object that nobody has looked at for healthy.
        default: { observedGeneration: -1 },
      },
    },
  }
}
