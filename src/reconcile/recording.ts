import { hasStatus, isTooLarge } from '../kube/kube-error.ts'

/**
 * The API server takes no more into a record of what was added: there is no room in that status, or it does not fit
 * otherwise. What would have had to be recorded first is not done.
 */
export class RecordRefused extends Error {
  override readonly name = 'RecordRefused'
}

/** Does what writes to a record. */
export async function recording(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    throw hasStatus(error, 422) || isTooLarge(error) ? new RecordRefused(error.message) : error
  }
}
