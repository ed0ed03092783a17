import { z } from 'zod'
import type { Auth } from '../auth/auth.ts'
import { clientSchema } from '../auth/clients.ts'
import { discoverySchema } from '../auth/discovery.ts'
import { entraApplicationSchema } from '../auth/entra.ts'
import { federationPolicySchema } from '../auth/federation.ts'
import { tokenLifeSchema } from '../auth/token-life.ts'
import { done, missing, withBody, type ControlRoute } from './route.ts'

const tokenSchema = z.strictObject({
  identity: z.string().min(1),
  /** Seconds of the machine's clock; absent never ends. */
  lifeSeconds: z.number().min(0).optional(),
})
const identitySchema = z.strictObject({ identity: z.string().min(1).optional() })

/** Who has which credentials, and how long they are good. Secrets come in and never out. */
export const credentialRoutes = (auth: Auth): ControlRoute[] => [
  ...tokenRoutes(auth),
  ...clientRoutes(auth),
  ...entraRoutes(auth),
  { method: 'GET', path: '/federation-policies', handle: () => done(auth.federation.list()) },
  {
    method: 'PUT',
    path: '/federation-policies',
    handle: withBody(z.array(federationPolicySchema), (policies) => auth.federation.set(policies)),
  },
  { method: 'GET', path: '/discovery', handle: () => done(auth.discovery.overrides) },
  {
    method: 'PUT',
    path: '/discovery',
    handle: withBody(discoverySchema, (overrides) => {
      auth.discovery.overrides = overrides
    }),
  },
]

const tokenRoutes = ({ personal, issued, life }: Auth): ControlRoute[] => [
  {
    method: 'PUT',
    path: '/tokens/{token}',
    handle: withBody(tokenSchema, ({ identity, lifeSeconds }, { parameters: { token = '' } }) =>
      personal.set(token, identity, lifeSeconds),
    ),
  },
  {
    method: 'POST',
    path: '/tokens/{token}/revoke',
    handle: ({ parameters: { token = '' } }) => (personal.revoke(token) ? done() : missing('token')),
  },
  {
    method: 'POST',
    path: '/access-tokens/expire',
    handle: withBody(identitySchema, ({ identity }) => done({ expired: issued.expire(identity) })),
  },
  {
    method: 'POST',
    path: '/access-tokens/revoke',
    handle: withBody(identitySchema, ({ identity }) => done({ revoked: issued.revoke(identity) })),
  },
  {
    method: 'PUT',
    path: '/access-tokens/life',
    handle: withBody(tokenLifeSchema, ({ seconds }) => {
      life.seconds = seconds
    }),
  },
]

const clientRoutes = ({ clients }: Auth): ControlRoute[] => [
  { method: 'GET', path: '/clients', handle: () => done(clients.list()) },
  {
    method: 'PUT',
    path: '/clients/{id}',
    handle: withBody(clientSchema, ({ secrets }, { parameters: { id = '' } }) => clients.set(id, secrets)),
  },
  {
    method: 'DELETE',
    path: '/clients/{id}',
    handle: ({ parameters: { id = '' } }) => (clients.remove(id) ? done() : missing('client')),
  },
]

const entraRoutes = ({ entra }: Auth): ControlRoute[] => [
  { method: 'GET', path: '/entra-applications', handle: () => done(entra.list()) },
  {
    method: 'PUT',
    path: '/entra-applications/{id}',
    handle: withBody(entraApplicationSchema, (application, { parameters: { id = '' } }) =>
      entra.set(id, application),
    ),
  },
  {
    method: 'DELETE',
    path: '/entra-applications/{id}',
    handle: ({ parameters: { id = '' } }) => (entra.remove(id) ? done() : missing('application')),
  },
]
