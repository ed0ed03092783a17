import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const folder = fileURLToPath(new URL('../../crds/', import.meta.url))

interface Schema {
  type?: string
  default?: unknown
  nullable?: boolean
  required?: string[]
  properties?: Record<string, Schema>
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-validations'?: object[]
}

interface Definition {
  kind: string
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] }
}

const read = (): Definition[] =>
  readdirSync(folder).map((name) => parse(readFileSync(`${folder}${name}`, 'utf8')) as Definition)

/** Our definitions as they are. */
export const ourSchemas = (): string =>
  read()
    .map((one) => JSON.stringify(one))
    .join('\n')

/** Our definitions as if another version of Lakeward had made them: any spec and any status is taken. */
export function looseSchemas(): string {
  const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return read()
    .map((definition) => {
      for (const { schema } of definition.spec.versions) {
        const { required: _required, 'x-kubernetes-validations': _rules, ...whole } = schema.openAPIV3Schema
        const status = { ...anything, default: whole.properties?.['status']?.default }
        schema.openAPIV3Schema = {
          ...whole,
          properties: { ...whole.properties, spec: { ...anything, nullable: true }, status },
        }
      }
      return JSON.stringify(definition)
    })
    .join('\n')
}
