import type { Clock } from '../../clock.ts'
import { DatabricksError } from '../errors.ts'

/** Where a client's bearer token comes from. One source serves one workspace. */
export interface TokenSource {
  /** Named in the user agent. */
  readonly kind: 'pat'
  /**
   * The current token, from memory when that is fresh. Rejects with a DatabricksError
   * `Unauthenticated` when what is stored cannot be a token, and with whatever reading it reported.
   */
  token(): Promise<string>
  /** Databricks refused the current token: do not hand it out again without asking the source. */
  invalidate(): void
}

/** How a personal access token is kept. */
export interface Keeping {
  readonly clock: Clock
  /** Milliseconds for which a token that was read is taken as current. */
  readonly maxAge: number
}

/**
 * A personal access token behind `read`, such as a key of a Secret. A rotated token is picked up within
 * `maxAge`, or at once after a refusal; however many callers ask, there is one read at a time.
 * https://docs.databricks.com/aws/en/dev-tools/auth/pat
 */
export function personalAccessToken(read: () => Promise<string>, { clock, maxAge }: Keeping): TokenSource {
  let known: { token: string; readAt: number } | undefined
  let reading: Promise<string> | undefined

  const renew = async (): Promise<string> => {
    const readAt = clock.monotonic()
    const token = usable(await read())
    known = { token, readAt }
    return token
  }
  return {
    kind: 'pat',
    token: async () => {
      if (known !== undefined && clock.monotonic() - known.readAt < maxAge) return known.token
      reading ??= renew().finally(() => {
        reading = undefined
      })
      return reading
    },
    invalidate: () => {
      known = undefined
    },
  }
}

/** Secrets made by hand often end with a line break; one inside cannot stand in a header. */
function usable(text: string): string {
  const token = text.trim()
  if (token === '') throw unusable('it is empty; store a token there')
  if (!/^[\x21-\x7e]{1,8192}$/.test(token)) {
    throw unusable('it holds blanks, line breaks or characters that no token has; store the token alone')
  }
  return token
}

const unusable = (problem: string): DatabricksError =>
  new DatabricksError({
    kind: 'Unauthenticated',
    call: 'personal access token',
    status: 0,
    code: 'TOKEN_UNUSABLE',
    serverMessage: problem,
    answered: false,
  })
