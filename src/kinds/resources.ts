import { databricksCluster } from './cluster/schema.ts'
import { catalogGrant } from './grant/schema.ts'
import { jobSpec } from './job/schema.ts'
import type { ResourceDefinition } from './resource.ts'
import { databricksWorkspace } from './workspace/schema.ts'

/** Every kind of ours; a new one is one line here. */
export const resources: readonly ResourceDefinition[] = [
  databricksWorkspace,
  databricksCluster,
  jobSpec,
  catalogGrant,
]
