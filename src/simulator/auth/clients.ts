import { z } from 'zod'

/** The secrets that an OAuth client may use; several while they are being rotated. */
export const clientSchema = z.strictObject({ secrets: z.array(z.string().min(1)).min(1) })

/** Service principals that authenticate with a client secret (OAuth M2M), by application id. */
export class Clients {
  readonly #secrets = new Map<string, ReadonlySet<string>>()

  /** Gives a client exactly these secrets. */
  set(clientId: string, secrets: readonly string[]): void {
    this.#secrets.set(clientId, new Set(secrets))
  }

  /** Takes a client all its secrets; false if it had none. */
  remove(clientId: string): boolean {
    return this.#secrets.delete(clientId)
  }

  /** Whether the secret is one of the client's. */
  accepts(clientId: string, secret: string): boolean {
    return this.#secrets.get(clientId)?.has(secret) === true
  }

  /** Who has how many secrets; never which. */
  list(): { clientId: string; secrets: number }[] {
    return Array.from(this.#secrets, ([clientId, { size }]) => ({ clientId, secrets: size }))
  }
}
