import { z } from 'zod'
import { keySourceShape } from './key-sets.ts'
import { claimsOf, type SubjectTokens, type Verdict } from './subject-token.ts'

/** Who signs the ID tokens that name service accounts, and for which address of the workspace they are. */
export const googleSchema = z.strictObject({
  issuer: z.string().min(1).default('https://accounts.google.com'),
  /** The workspace's address, as clients write it. */
  audience: z.string().min(1),
  ...keySourceShape,
})

/** The same as given; the issuer is Google unless it says otherwise. */
export type GoogleOptions = z.input<typeof googleSchema>

/** ID tokens of Google: the credentials on that cloud, taken as they are. The e-mail names the caller. */
export class GoogleTokens {
  readonly #subjects: SubjectTokens
  readonly #settings: z.output<typeof googleSchema> | undefined

  constructor(subjects: SubjectTokens, options: GoogleOptions | undefined) {
    this.#subjects = subjects
    this.#settings = options && googleSchema.parse(options)
  }

  /** What becomes of a token; undefined if it is none of Google's. */
  async judge(token: string): Promise<Verdict | undefined> {
    if (this.#settings === undefined) return undefined
    const { audience, ...keys } = this.#settings
    if (claimsOf(token)?.iss !== keys.issuer) return undefined
    const trust = { keys, audiences: [audience], subjectClaim: 'email', subject: undefined }
    return this.#subjects.judge(token, trust)
  }
}
