import { createHash } from 'node:crypto'

/** What an approval names: short enough to type, and another one for anything else that would be approved. */
export const approvalHash = (of: unknown): string =>
  createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 10)
