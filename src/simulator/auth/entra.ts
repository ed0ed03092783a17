import { z } from 'zod'
import { keySourceShape } from './key-sets.ts'

/** A token that proves who an application is, in the place of a secret. */
const federatedCredentialSchema = z.strictObject({
  issuer: z.string().min(1),
  subject: z.string().min(1),
  audience: z.string().min(1).default('api://AzureADTokenExchange'),
  ...keySourceShape,
})

/** An application of the tenant. Its application id is its name in the workspace, too. */
export const entraApplicationSchema = z.strictObject({
  secrets: z.array(z.string().min(1)).default([]),
  federated: z.array(federatedCredentialSchema).default([]),
  /** Whether it has a role on the workspace's Azure resource, which lets it in before it was added. */
  managesResource: z.boolean().default(false),
})

/** An application as the tenant remembers it, defaults filled in. */
export type EntraApplication = z.output<typeof entraApplicationSchema>

/** The Azure side of a workspace; everything has a default. */
export interface EntraOptions {
  readonly tenant?: string
  /** `/subscriptions/…/Microsoft.Databricks/workspaces/…`. */
  readonly resourceId?: string
  /** Applications by their id. */
  readonly applications?: Readonly<Record<string, z.input<typeof entraApplicationSchema>>>
}

/** The tenant that the workspace belongs to, and the applications in it. */
export class Entra {
  readonly tenant: string
  readonly resourceId: string
  readonly #applications = new Map<string, EntraApplication>()

  constructor({
    tenant = '9d1f0c3e-5b7a-4c21-8f60-2e4a6b8c0d12',
    resourceId = '/subscriptions/1b2c3d4e-0000-4000-8000-00000000abcd/resourceGroups/data/providers/Microsoft.Databricks/workspaces/company',
    applications = {},
  }: EntraOptions) {
    this.tenant = tenant
    this.resourceId = resourceId
    for (const [id, application] of Object.entries(applications)) {
      this.set(id, entraApplicationSchema.parse(application))
    }
  }

  /** Adds an application, or gives one exactly these credentials. */
  set(id: string, application: EntraApplication): void {
    this.#applications.set(id.toLowerCase(), application)
  }

  remove(id: string): boolean {
    return this.#applications.delete(id.toLowerCase())
  }

  application(id: string): EntraApplication | undefined {
    return this.#applications.get(id.toLowerCase())
  }

  /** The applications without their secrets. */
  list(): object[] {
    return Array.from(this.#applications, ([id, { secrets, federated, managesResource }]) => ({
      id,
      secrets: secrets.length,
      federated,
      managesResource,
    }))
  }
}
