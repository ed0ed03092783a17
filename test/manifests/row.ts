/**
 * One manifest, and what becomes of it. Zod (test/kinds) and the real API server (test/scenario) must both take
 * it or both refuse it, and a refusal must name the same field.
 */
export interface Row {
  /** Reads as a sentence: `a task without a type`. */
  readonly name: string
  readonly kind: 'DatabricksWorkspace' | 'DatabricksCluster' | 'JobSpec' | 'CatalogGrant'
  readonly spec: unknown
  /** Absent: the manifest is good. */
  readonly refused?: Refusal
}

export interface Refusal {
  /** The field both name. */
  readonly at: string
  /** Words of ours that both say, where the rule is ours and not plain shape. */
  readonly says?: string
}

/** An object as kubectl takes it. */
export const manifest = ({ kind, spec }: Pick<Row, 'kind' | 'spec'>, name = 'row') => ({
  apiVersion: 'lakeward.dev/v1beta1',
  kind,
  metadata: { name },
  spec,
})

export const longText = (length: number): string => 'x'.repeat(length)

export const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

export const entries = (count: number): Record<string, string> =>
  Object.fromEntries(numbered(count, (index) => [`key-${index}`, 'value']))
