import type { Databricks } from '../../src/databricks/client.ts'
import { DatabricksError, type DatabricksErrorFacts } from '../../src/databricks/errors.ts'
import type { Difference } from '../../src/drift/compare.ts'
import type { Value } from '../../src/drift/value.ts'
import type { Found, Session } from '../../src/kinds/kind.ts'
import type { Condition } from '../../src/kinds/status.ts'
import { markKey } from '../../src/kinds/mark.ts'
import type { KubeObject, ObjectMeta } from '../../src/kube/object.ts'
import { markOf } from '../../src/reconcile/mark.ts'

/** The instant at which a ManualClock begins. */
export const beginning = '2026-01-01T00:00:00Z'
export const workspaceId = '1234567890123456'

/** The mark of the object that `anObject` makes. */
export const mark = markOf('here', { kind: 'Widget', namespace: 'data', name: 'one' }, markKey)

/** An object of ours at rest, `data/one`. */
export const anObject = (
  metadata: Partial<ObjectMeta> = {},
  { spec = {}, status }: { spec?: object; status?: object } = {},
): KubeObject => ({
  apiVersion: 'lakeward.dev/v1beta1',
  kind: 'Widget',
  metadata: {
    name: 'one',
    namespace: 'data',
    uid: `uid-of-${metadata.name ?? 'one'}`,
    resourceVersion: '10',
    generation: 1,
    creationTimestamp: beginning,
    ...metadata,
  },
  spec,
  ...(status === undefined ? {} : { status }),
})

/** A door behind which nobody answers: for tests in which nothing may be called. */
const shut: Databricks = {
  host: 'https://dbc-1.cloud.databricks.com',
  workspaceId: () => workspaceId,
  call: ({ method, path }) => Promise.reject(new Error(`nobody expected ${method} ${path}`)),
}

export const aSession = (databricks: Databricks = shut): Session => ({
  databricks,
  workspaceId,
  me: 'lakeward@example.com',
  origin: databricks.host,
})

export const aFound = (changes: Partial<Found> = {}): Found => ({
  is: 'Found',
  raw: {},
  found: {},
  running: false,
  ...changes,
})

/** A difference at a member path such as `schedule.pauseStatus`, with drift as its cause unless said. */
export const aDifference = (text: string, changes: Partial<Difference> = {}): Difference => ({
  path: text.split('.'),
  text,
  cause: 'ChangedRemotely',
  owned: true,
  ...pair(changes),
  ...changes,
})

const pair = ({ wanted = 1, found = 2 }: { wanted?: Value; found?: Value }) => ({
  wanted,
  found,
  shown: { wanted, found },
})

/** A refusal of Databricks, or a silence when its status is 0. */
export const aFailure = (changes: Partial<DatabricksErrorFacts> = {}): DatabricksError =>
  new DatabricksError({
    kind: 'Invalid',
    call: 'POST /api/2.2/jobs/create',
    status: 400,
    code: 'INVALID_PARAMETER_VALUE',
    serverMessage: 'no',
    answered: true,
    ...changes,
  })

/** A condition as an earlier pass left it. */
export const aCondition = (type: string, changes: Partial<Condition> = {}): Condition => ({
  type,
  status: 'True',
  reason: 'Applied',
  message: 'as it was',
  lastTransitionTime: '2025-12-31T00:00:00Z',
  observedGeneration: 1,
  ...changes,
})
