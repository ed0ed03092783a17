import { z } from 'zod'
import { htmlAnswer, jsonAnswer, redirect, type Answer } from '../http/exchange.ts'
import { permissionDenied } from '../http/refusal.ts'

/** How the workspace's network answers programs, whatever their credentials. */
export const admissionSchema = z.strictObject({
  mode: z.enum([
    /** It lets everybody in. */
    'Open',
    /** The caller's address is not on the IP access list. */
    'IpAccessList',
    /** Only private links are let in. */
    'PrivateLink',
    /** A login page for people takes the place of every answer. */
    'LoginPage',
  ]),
})

/** Whom the workspace lets in. Default: Open. */
export type AdmissionMode = z.infer<typeof admissionSchema>['mode']

/** Where callers from outside a private link end. */
export const loginPath = '/login.html'

/** The page itself: HTML where a client expects JSON. */
export const loginPage = htmlAnswer(
  200,
  '<!DOCTYPE html><html><head><title>Databricks - Sign In</title></head><body>Sign in</body></html>',
)

/** What the network in front of the workspace does with a call to its API. */
export class Admission {
  readonly #workspaceId: string
  mode: AdmissionMode = 'Open'

  constructor(workspaceId: string) {
    this.#workspaceId = workspaceId
  }

  /** The answer that comes instead of the API's; undefined lets the call in. */
  blocks(): Answer | undefined {
    switch (this.mode) {
      case 'Open':
        return undefined
      case 'IpAccessList': {
        const refusal = permissionDenied(
          `Source IP address: 127.0.0.1 is blocked by Databricks IP ACL for workspace: ${this.#workspaceId}`,
        )
        return jsonAnswer(refusal.status, refusal.body())
      }
      case 'PrivateLink':
        return redirect(`${loginPath}?error=private-link-validation-error:${this.#workspaceId}`)
      case 'LoginPage':
        return redirect(loginPath)
      default:
        return this.mode satisfies never
    }
  }
}
