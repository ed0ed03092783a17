import { createHash } from 'node:crypto'

const words = [
  'passw',
  'passphrase',
  'passcode',
  'pwd',
  'secret',
  'token',
  'credential',
  'apikey',
  'accesskey',
  'accountkey',
  'sharedkey',
  'privatekey',
  'primarykey',
  'encryptionkey',
  'signature',
  'connectionstring',
  'connectionurl',
  'jdbcurl',
  'webhookurl',
]

/** Whether a name says that its value is a secret, however it is spelled: `db.password`, `DB_API_KEY`, `--token`. */
export function isSecretLike(name: string): boolean {
  const letters = name.toLowerCase().replace(/[^a-z]/g, '')
  return words.some((word) => letters.includes(word))
}

const shapes = [
  // Databricks tokens, https://docs.databricks.com/dev-tools/auth/pat
  /\b(?:dapi|dose|dkea)[0-9a-f]{16}/,
  // JSON Web Tokens, AWS access key ids, private keys, and a password inside a URL
  /\beyJ[\w-]{8,}\.[\w-]{8,}\./,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /:\/\/[^\s/:@]+:[^\s/@]+@/,
  // A token in the place of the user, as Git hosts and package indexes take it
  /https?:\/\/[^\s/@]+@/,
]

/** Whether a text is a secret by its looks, whatever it is called. */
export const looksSecret = (text: string): boolean => shapes.some((shape) => shape.test(text))

/** A reference to a secret is none: https://docs.databricks.com/security/secrets/secrets-spark-conf-env-var */
export const isSecretReference = (text: string): boolean =>
  /^\{\{\s*secrets\/[^{}\s/]+\/[^{}\s/]+\s*\}\}$/.test(text)

/** What stands in the place of a secret. */
export const hashForm = /^sha256:[0-9a-f]{8}$/

/** What stands in the place of such a hash where it is kept (`sealed.ts`). */
export const sealForm = /^hmac:[0-9a-f]{4}:[0-9a-f]{16}$/

/**
 * Of a text the hash of the text itself, so that `printf %s value | sha256sum` finds it again. What is such a hash, or
 * stands for one, stays the same.
 */
export const hashOf = (value: string | number | boolean): string =>
  typeof value === 'string' && (hashForm.test(value) || sealForm.test(value))
    ? value
    : `sha256:${createHash('sha256').update(String(value)).digest('hex').slice(0, 8)}`
