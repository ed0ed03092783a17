/**
 * Why an object is looked at, the most urgent first: somebody edited it, it failed and is due again, what it waited
 * for is there, or its check is due. A pass keeps its lane: its calls to Databricks take their turns in it.
 */
export const lanes = ['edit', 'retry', 'dependency', 'background'] as const

/** One of these. */
export type Lane = (typeof lanes)[number]
