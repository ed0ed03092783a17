/** No text of a server is longer than this in an error. */
const mostBytes = 1024

const authorization = /\b(Bearer|Basic)\s+[\w.~+/=-]{16,}/gi
const personalToken = /\b(?:dapi|dose)[0-9a-f]{16,}(-\d+)?/gi
/** A JWT: what token endpoints take and give. */
const signedToken = /\beyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?/g
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const blank = /[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

/**
 * Text from outside made fit for people: no secret, one line, bounded. Secrets go first, because a cut
 * through the middle of one would leave its half; and all that look like one go, because a server may
 * echo a token that is no longer the current one.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[redacted]')
  clean = clean
    .replace(authorization, '$1 [redacted]')
    .replace(personalToken, '[redacted]')
    .replace(signedToken, '[redacted]')
  return cut(clean.replace(blank, ' ').trim())
}

function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= mostBytes) return text
  const ellipsis = '…'
  const head = bytes.subarray(0, mostBytes - Buffer.byteLength(ellipsis))
  // The cut may fall inside a character, which then decodes to the replacement mark.
  return head.toString().replace(/\uFFFD$/, '') + ellipsis
}
