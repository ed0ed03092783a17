import { readFile } from 'node:fs/promises'
import type { KubeClient } from '../../kube/client.ts'
import { readSecretKey, type SecretRead } from '../../kube/secrets.ts'
import { CredentialProblem } from '../../reconcile/credential-problem.ts'

/** A key of a Secret. */
interface SecretKey {
  namespace: string
  name: string
  key: string
}

/** Reads a key of a Secret now; throws what is wrong with it. */
export async function secretText(client: KubeClient, secret: SecretKey): Promise<string> {
  const read = await readSecretKey(client, secret)
  if (read.is !== 'Found' || read.value.trim() === '') throw problemOf(read, secret)
  return read.value
}

/** Reads a file of the operator's pod now; throws what is wrong with it. */
export async function tokenFileText(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CredentialProblem('TokenFileMissing', `the operator cannot read its token in ${file}: ${code}`)
  })
  if (text.trim() === '')
    throw new CredentialProblem('TokenFileMissing', `the operator's token file ${file} is empty`)
  return text
}

function problemOf(read: SecretRead, { namespace, name, key }: SecretKey): CredentialProblem {
  const secret = `Secret ${namespace}/${name}`
  switch (read.is) {
    case 'SecretMissing':
      return new CredentialProblem('SecretMissing', `${secret} does not exist`)
    case 'KeyMissing': {
      const keys = read.keys.length === 0 ? 'it is empty' : `it has ${read.keys.join(', ')}`
      return new CredentialProblem('SecretKeyMissing', `${secret} has no key ${key}; ${keys}`)
    }
    case 'Forbidden':
      return new CredentialProblem('SecretForbidden', `the operator may not read ${secret}: ${read.message}`)
    case 'Found':
      return new CredentialProblem('SecretKeyMissing', `key ${key} of ${secret} is empty`)
    default:
      return read satisfies never
  }
}
