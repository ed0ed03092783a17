import { z } from 'zod'

const overridesSchema = z.record(z.string(), z.json())

/**
 * What the public documents say otherwise than usual: a member with a value takes the place of the usual
 * one, null takes it away. Null for a whole document lets it be missing.
 */
export const discoverySchema = z.strictObject({
  /** Of `/.well-known/databricks-config`. */
  hostMetadata: overridesSchema.nullable().default({}),
  /** Of `/oidc/.well-known/oauth-authorization-server`. */
  authorizationServer: overridesSchema.nullable().default({}),
  /** Where `/aad/auth` leads; null is nowhere. Without it to the tenant's login page. */
  loginRedirect: z.string().nullable().optional(),
})

/** The same as given; what is left out is as usual. */
export type DiscoveryOverrides = z.input<typeof discoverySchema>

/** What a workspace says about itself to whoever asks, without credentials. */
export class Discovery {
  readonly #workspaceId: string
  readonly accountId: string
  readonly #cloud: string
  overrides: z.output<typeof discoverySchema>

  constructor(
    { workspaceId, accountId, cloud }: { workspaceId: string; accountId: string; cloud: string },
    overrides: DiscoveryOverrides,
  ) {
    this.#workspaceId = workspaceId
    this.accountId = accountId
    this.#cloud = cloud
    this.overrides = discoverySchema.parse(overrides)
  }

  /** The host's description of itself. */
  hostMetadata(origin: string): object | undefined {
    return changed(this.overrides.hostMetadata, {
      oidc_endpoint: `${origin}/oidc`,
      account_id: this.accountId,
      workspace_id: this.#workspaceId,
      cloud: this.#cloud,
      host_type: 'workspace',
      token_federation_default_oidc_audiences: [this.accountId],
    })
  }

  /** Where tokens are had. */
  authorizationServer(issuer: string): object | undefined {
    return changed(this.overrides.authorizationServer, {
      issuer,
      authorization_endpoint: `${issuer}/v1/authorize`,
      token_endpoint: `${issuer}/v1/token`,
    })
  }
}

/** A document with its overrides; undefined if it is missing. */
function changed(overrides: z.output<typeof overridesSchema> | null, usual: object): object | undefined {
  if (overrides === null) return undefined
  return Object.fromEntries(Object.entries({ ...usual, ...overrides }).filter(([, value]) => value !== null))
}
