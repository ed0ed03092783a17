import { z } from 'zod'

/** How long access tokens are to live from now on. */
export const tokenLifeSchema = z.strictObject({ seconds: z.int().min(1).max(86_400) })

/** The life of the access tokens that are given out, in seconds of the machine's clock. */
export interface TokenLife {
  seconds: number
}
