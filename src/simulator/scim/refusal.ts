import { Refusal } from '../http/refusal.ts'

/** What SCIM calls a kind of mistake. */
export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'uniqueness'

/** A refusal in the shape that only SCIM has. */
export const scimRefusal = (status: number, detail: string, scimType?: ScimType): Refusal =>
  new Refusal(status, `SCIM_${status}`, {
    message: detail,
    sent: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      detail,
      status: String(status),
      ...(scimType !== undefined && { scimType }),
    },
  })
