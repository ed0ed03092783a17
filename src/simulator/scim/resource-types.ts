import { z } from 'zod'
import type { Principal } from '../principals.ts'

const flag = z.preprocess(
  // Some identity providers send it as text.
  (sent) => (typeof sent === 'string' && /^(true|false)$/i.test(sent) ? sent.toLowerCase() === 'true' : sent),
  z.boolean(),
)
const values = z.array(z.object({ value: z.string() }))

const common = {
  displayName: z.string().optional(),
  externalId: z.string().optional(),
  entitlements: values.default([]),
  roles: values.default([]),
  groups: values.default([]),
}

/** What can be written of users, service principals and groups. Members that a type does not have stay empty. */
const written = z.object({
  ...common,
  userName: z.string().min(1).optional(),
  applicationId: z.string().min(1).optional(),
  active: flag.default(true),
  name: z.object({ givenName: z.string().optional(), familyName: z.string().optional() }).optional(),
  emails: z
    .array(
      z.object({
        value: z.string(),
        type: z.string().optional(),
        display: z.string().optional(),
        primary: flag.optional(),
      }),
    )
    .optional(),
  members: values.default([]),
})

/** What somebody writes of a principal, defaults filled in. */
export type Written = z.infer<typeof written>

/** One kind of principal in SCIM. */
export interface ResourceType {
  /** The collection in the path. */
  readonly path: 'Users' | 'ServicePrincipals' | 'Groups'
  readonly kind: Principal['kind']
  /** Its core schema. */
  readonly urn: string
  /** The attribute that names it; nobody else has the same. */
  readonly nameAttribute: 'userName' | 'applicationId' | 'displayName'
  /** How texts call it and its name: `User with username`. */
  readonly title: string
  readonly named: string
  /** What can be written of it. */
  readonly written: z.ZodType<Written>
}

const core = (name: string): string => `urn:ietf:params:scim:schemas:core:2.0:${name}`

/** People; also how `Me` shows whoever calls, a service principal too. */
export const users: ResourceType = {
  path: 'Users',
  kind: 'user',
  urn: core('User'),
  nameAttribute: 'userName',
  title: 'User',
  named: 'username',
  written: written.required({ userName: true }),
}

/** The kinds of principal and where they stand. */
export const resourceTypes: readonly ResourceType[] = [
  users,
  {
    path: 'ServicePrincipals',
    kind: 'servicePrincipal',
    urn: core('ServicePrincipal'),
    nameAttribute: 'applicationId',
    title: 'Service principal',
    named: 'application ID',
    written,
  },
  {
    path: 'Groups',
    kind: 'group',
    urn: core('Group'),
    nameAttribute: 'displayName',
    title: 'Group',
    named: 'name',
    written: written.required({ displayName: true }),
  },
]
