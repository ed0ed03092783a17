import { generateKeyPair, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { systemClock } from '../clock.ts'
import { endLeftovers } from './leftovers.ts'
import { tryLock, type Lock } from './lock.ts'
import { writePrivateFile } from './private-file.ts'
import { readIfThere } from './read-if-there.ts'

/** The administrator's name; the group is what gives the rights. */
export const administrator = 'lakeward-admin'

/** Everything a control plane keeps: what it needs to go on after any end, and what it leaves to look at. */
export interface Folder {
  path: string
  /** Removed at the end. */
  temporary: boolean
  administratorToken: string
  close(): Promise<void>
}

const ownerPatienceMilliseconds = 2_000

/** Who may come in: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file */
const tokenFile = 'tokens.csv'

/**
 * Every request with who, verb, object and answer, but not its body. The stage left out is the one before
 * there is an answer. https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [{ level: 'Metadata' }],
}

/**
 * Opens a folder for one control plane at a time, ends what an earlier owner left running there, and makes
 * keys and tokens if it has none. Without a path the folder is temporary.
 */
export async function openFolder(given: string | undefined): Promise<Folder> {
  const temporary = given === undefined
  const path = temporary ? await mkdtemp(join(tmpdir(), 'lakeward-control-plane-')) : resolve(given)
  let lock: Lock | undefined
  const close = async () => {
    await lock?.release()
    if (temporary) await rm(path, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    lock = await lockFolder(path)
    await endLeftovers(path)
    return { path, temporary, administratorToken: await writeSecrets(path), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A killed owner takes a moment to be gone, and whoever kills one to start the next does not wait for that. */
async function lockFolder(path: string): Promise<Lock> {
  const deadline = systemClock.monotonic() + ownerPatienceMilliseconds
  for (;;) {
    const attempt = await tryLock(join(path, 'lock'))
    if (attempt.state === 'acquired') return attempt.lock
    if (systemClock.monotonic() > deadline) {
      throw new Error(
        `${path} is in use by process ${attempt.by}: stop that control plane, or name another folder`,
      )
    }
    await systemClock.sleep(100)
  }
}

/** Returns the administrator's token. What is there stays: clients of an earlier start hold it. */
async function writeSecrets(path: string): Promise<string> {
  await writePrivateFile(join(path, 'audit-policy.yaml'), stringify(auditPolicy))
  const key = join(path, 'service-account.key')
  // The public half goes first, so that a key that exists always has its other half beside it.
  if ((await readIfThere(key)) === undefined) {
    const pair = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    await writePrivateFile(join(path, 'service-account.pub'), publicKey)
    await writePrivateFile(key, pair.privateKey.export({ type: 'sec1', format: 'pem' }).toString())
  }
  const known = (await readIfThere(join(path, tokenFile)))?.split(',')[0]
  if (known !== undefined) return known
  const token = randomBytes(24).toString('hex')
  await writePrivateFile(
    join(path, tokenFile),
    `${token},${administrator},${administrator},"system:masters"\n`,
  )
  return token
}
