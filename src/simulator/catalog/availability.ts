import type { Route } from '../http/call.ts'
import { Refusal } from '../http/refusal.ts'
import type { Switches } from '../switches.ts'
import type { Workspace } from '../workspace.ts'

/** Routes that answer only while the workspace has Unity Catalog. */
export const whereAvailable = ({ switches }: Workspace, routes: readonly Route[]): Route[] =>
  routes.map((route) => ({
    ...route,
    handle: (call) => refuseAll(switches) ?? route.handle(call),
  }))

function refuseAll({ unityCatalog: state, noMetastoreStatus }: Switches): Refusal | undefined {
  switch (state) {
    case 'Available':
      return undefined
    case 'FeatureDisabled':
      return new Refusal(404, 'FEATURE_DISABLED', {
        message: 'Unity Catalog is not available for feature tier STANDARD_TIER.',
      })
    case 'NoMetastore':
      return new Refusal(noMetastoreStatus, 'METASTORE_DOES_NOT_EXIST', {
        message: 'No metastore is assigned to the workspace.',
      })
    default:
      return state satisfies never
  }
}
