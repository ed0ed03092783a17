import { readFile } from 'node:fs/promises'
import { describe, expect, inject, it } from 'vitest'
import { render, type Rendered, type Values } from '../chart/chart.ts'
import { rightTo } from '../scenario/rights-in-use.ts'

/*
 * Least privilege, seen from the other end: a right that no scenario needs is one that the operator does not need.
 * This runs after all scenarios (vitest.config.ts) and only together with them: whoever names a file, a folder or
 * a project runs some of them, and some use only some rights.
 */

interface Role extends Rendered {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[]
}

/** Each right that the chart gives the operator. */
async function granted(values: Values): Promise<string[]> {
  const objects = await render({ ...values, rbac: { people: false } })
  return objects
    .filter((object): object is Role => object.kind.endsWith('Role'))
    .flatMap(({ rules }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => rightTo(verb, group, resource))),
      ),
    )
}

const rights = new Set([...(await granted({})), ...(await granted({ namespaces: ['data'] }))])

describe('each right of the operator is used by a scenario', () => {
  it.for([...rights].toSorted())('%s', async (right, { skip }) => {
    const file = inject('usedRights') as string | undefined
    skip(file === undefined, 'no scenario has run')
    expect((await readFile(file ?? '', 'utf8')).split('\n')).toContain(right)
  })
})
