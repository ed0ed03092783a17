import type { Clock } from '../../clock.ts'
import { silentLog } from '../../telemetry/log.ts'
import { TokenCache } from './cache.ts'
import { noToken } from './no-token.ts'
import { tokenSource } from './source.ts'
import { Stored, type Keeping } from './stored.ts'
import type { TokenSource } from './token.ts'

/**
 * A personal access token behind `read`, such as a key of a Secret. A rotated token is picked up within
 * `maxAge`, or at once after a refusal; however many callers ask, there is one read at a time.
 * https://docs.databricks.com/aws/en/dev-tools/auth/pat
 */
export const personalAccessToken = (read: () => Promise<string>, keeping: Keeping): TokenSource =>
  storedToken(new Stored(read, keeping), keeping.clock)

/** A personal access token: what is stored is what is sent. */
export function storedToken(stored: Stored, clock: Clock): TokenSource {
  const obtain = async () => ({ token: usable(await stored.take()) })
  // Reading costs no request to anybody's token endpoint, so that nothing has to be spared.
  const cache = new TokenCache({ clock, log: silentLog, pause: 0, obtain })
  return tokenSource({ kind: 'pat', cache, stored })
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

const unusable = (problem: string) =>
  noToken({ call: 'personal access token', code: 'TOKEN_UNUSABLE', problem })
