import type { Session } from '../kinds/kind.ts'

/** The last answer came from another workspace than the session was made for. */
export const isElsewhere = ({ databricks, workspaceId }: Session): boolean => {
  const answered = databricks.workspaceId()
  return answered !== undefined && answered !== workspaceId
}

/**
 * What a complete listing lists: a kind in a workspace, as one identity sees it. Another identity of the same
 * workspace may see more or less, so no listing of its is taken for ours.
 */
export const sourceOf = ({ workspaceId, me }: Session, noun: string): string => `${workspaceId} ${me} ${noun}`
