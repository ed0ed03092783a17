import { stringify } from 'yaml'
import { render, type Release, type Values } from '../chart/chart.ts'

const isAboutRights = (kind: string): boolean => kind === 'ServiceAccount' || /Role(Binding)?$/.test(kind)

/** The ServiceAccount, roles and bindings of the chart as it renders them, and nothing else of it, to be applied. */
export async function rightsOf(release: Release, values: Values): Promise<string> {
  const objects = await render(values, release)
  return objects
    .filter(({ kind }) => isAboutRights(kind))
    .map((object) => stringify(object))
    .join('---\n')
}
