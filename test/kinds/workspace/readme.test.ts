import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { parseSpec } from '../../../src/kinds/parse-spec.ts'
import { databricksWorkspace } from '../../../src/kinds/workspace/schema.ts'

const page = readFileSync(new URL('../../../docs/credentials.md', import.meta.url), 'utf8')
const host = 'https://dbc-1234abcd-5678.cloud.databricks.com'

/** The manifests of the page. */
const shown = parseAllDocuments(/```yaml\n([^]*?)```/.exec(page)?.[1] ?? '').map(
  (document) => document.toJS() as { spec: { credentials: object } },
)

describe('the page about credentials', () => {
  it('shows each kind of credentials once, as it can be applied', () => {
    const kinds = Object.keys(databricksWorkspace.spec.shape.credentials.shape)
    expect(shown.flatMap(({ spec }) => Object.keys(spec.credentials))).toEqual(kinds)
    for (const { spec } of shown)
      expect(parseSpec(databricksWorkspace, { host, ...spec })).toMatchObject({ is: 'Valid' })
  })
})
