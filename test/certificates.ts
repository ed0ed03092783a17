import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

/*
 * Certificates for tests, made on the spot: Node makes keys and signatures but no certificates.
 * https://datatracker.ietf.org/doc/html/rfc5280#section-4.1
 */

/** A private key and its certificate, as PEM texts. */
export interface Certified {
  key: string
  certificate: string
}

/** An authority that nobody trusts unless told to. */
export interface Authority {
  certificate: string
  /** A key and certificate for a server of this name or IPv4 address, or for a client, who may be of a group. */
  vouchFor(name: string, group?: string): Certified
}

export function newAuthority(name: string): Authority {
  const authority = keys()
  const issuer = distinguishedName(name)
  return {
    certificate: certificate({ issuer, subject: issuer, of: authority, by: authority }, [isAuthority]),
    vouchFor: (whom, group) => {
      const of = keys()
      const who = { issuer, subject: distinguishedName(whom, group), of, by: authority }
      return {
        key: of.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        certificate: certificate(who, [alternativeName(whom)]),
      }
    },
  }
}

/** An authority, and a server of this name that it vouches for. */
export function authorityAndServer(name: string): { authority: string; server: Certified } {
  // Each has a name of its own: certificates are looked for by the names of those who vouch for them.
  const authority = newAuthority(`the authority for ${name}`)
  return { authority: authority.certificate, server: authority.vouchFor(name) }
}

interface Keys {
  publicKey: KeyObject
  privateKey: KeyObject
}

const keys = (): Keys => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** One element: its tag, its length, what is in it. */
function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: Uint8Array[]): Buffer => element(0x30, ...parts)
const text = (tag: number, value: string): Buffer => element(tag, Buffer.from(value))
/** An object identifier whose numbers are below 128 but for those given as their bytes. */
const identifier = (...bytes: number[]): Buffer => element(0x06, Buffer.from(bytes))

const ecdsaWithSha256 = sequence(identifier(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const always = sequence(text(0x18, '20200101000000Z'), text(0x18, '20991231235959Z'))

/** A group, if any, and a common name. */
const distinguishedName = (name: string, group?: string): Buffer =>
  sequence(
    ...(group === undefined
      ? []
      : [element(0x31, sequence(identifier(0x55, 0x04, 0x0a), text(0x0c, group)))]),
    element(0x31, sequence(identifier(0x55, 0x04, 0x03), text(0x0c, name))),
  )

const isAuthority = sequence(
  identifier(0x55, 0x1d, 0x13),
  element(0x01, Buffer.from([0xff])),
  element(0x04, sequence(element(0x01, Buffer.from([0xff])))),
)
const alternativeName = (name: string): Buffer => {
  const host = isIPv4(name) ? element(0x87, Buffer.from(name.split('.').map(Number))) : text(0x82, name)
  return sequence(identifier(0x55, 0x1d, 0x11), element(0x04, sequence(host)))
}

let serial = 0

function certificate(
  who: { issuer: Buffer; subject: Buffer; of: Keys; by: Keys },
  extensions: readonly Buffer[],
): string {
  serial += 1
  const body = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.from([serial])),
    ecdsaWithSha256,
    who.issuer,
    always,
    who.subject,
    who.of.publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, who.by.privateKey)
  const whole = sequence(body, ecdsaWithSha256, element(0x03, Buffer.from([0]), signature))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
