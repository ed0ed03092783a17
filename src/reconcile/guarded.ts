import type { Call } from '../databricks/call.ts'
import type { Databricks } from '../databricks/client.ts'
import { provesNothingHappened } from '../databricks/errors.ts'
import { isObject, type JsonObject } from '../databricks/json.ts'
import type { Refusal } from './access.ts'

/** Something was about to be sent that the workspace does not lend to the object. Nothing was sent. */
export class AccessProblem extends Error {
  override readonly name = 'AccessProblem'
  readonly reason: Refusal['reason']

  constructor({ reason, message }: Refusal) {
    super(message)
    this.reason = reason
  }
}

/** Whether a write that failed has certainly changed nothing: Databricks refused it in its own words, or it was never sent. */
export const isWithoutEffect = (error: unknown): boolean =>
  error instanceof AccessProblem || provesNothingHappened(error)

/**
 * The same door with a guard before it: what changes something is judged as it would go over the wire. The gates
 * know what the manifest wants; only here is seen what a correction carries along that somebody else has set.
 */
export const guarded = (
  databricks: Databricks,
  refusal: (body: JsonObject) => Refusal | undefined,
): Databricks => ({
  host: databricks.host,
  workspaceId: () => databricks.workspaceId(),
  async call(call) {
    const problem = call.effect === 'read' ? undefined : refusal(sentBy(call))
    if (problem !== undefined) throw new AccessProblem(problem)
    return databricks.call(call)
  },
})

const grantsPath = /^\/api\/2\.\d\/unity-catalog\/permissions\/([^/]+)\/([^/]+)$/

/** The body of a call, with the securable that a grant names in its path. Taking something back lends nothing. */
function sentBy({ path, body = {} }: Call): JsonObject {
  const [, type, name] = grantsPath.exec(path) ?? []
  if (type === undefined || name === undefined) return body
  const changes = Array.isArray(body['changes']) ? body['changes'].filter(isObject) : []
  if (changes.length > 0 && changes.every(({ add }) => add === undefined)) return body
  return { ...body, securable: { type: decodeURIComponent(type), name: decodeURIComponent(name) } }
}
