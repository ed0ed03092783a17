/** What somebody wants to do with a cluster, as the permission levels divide it. */
export type Right = 'attach' | 'restart' | 'manage'

/** The levels that include a right. */
export const levels: Readonly<Record<Right, readonly string[]>> = {
  attach: ['CAN_ATTACH_TO', 'CAN_RESTART', 'CAN_MANAGE'],
  restart: ['CAN_RESTART', 'CAN_MANAGE'],
  manage: ['CAN_MANAGE'],
}
