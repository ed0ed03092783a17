/**
 * What has to be so before the operator can work, asked one time after the other until it is.
 *
 * Guarantees: everything that is missing is said, each in one line that says what, where and what to do; said when it
 * comes up, not each time it is asked again; what a person mends is noticed within seconds, and work begins without a
 * restart. What goes wrong later is the watches' to say, in the same words (`kube/complaint.ts`).
 */
import lakeward from '../../package.json' with { type: 'json' }
import type { Clock } from '../clock.ts'
import { crdName } from '../generate/custom-resource.ts'
import { resources } from '../kinds/resources.ts'
import type { ResourceDefinition } from '../kinds/resource.ts'
import { backoff, type Random } from '../kube/backoff.ts'
import type { KubeClient } from '../kube/client.ts'
import { hasStatus, KubeError } from '../kube/kube-error.ts'
import { remedyOf } from '../kube/remedy.ts'
import { firstFew } from '../reconcile/sentences.ts'
import type { Log } from '../telemetry/log.ts'
import { missingRights, readDefinition, uidOfKubeSystem, versionOf, type Version } from './cluster-facts.ts'
import type { Check } from './health.ts'
import { fitOf, type Fit } from './start-up-definitions.ts'
import { commandsFor, rightsFor, wordsOf } from './start-up-rights.ts'

const firstWait = 1_000
/** Whoever mends something watches whether it helped. */
const longestWait = 10_000

/** The first Kubernetes whose API server enforces the rules in our CRDs and policies. */
const oldestMinor = 30

/** Where the operator is to start. */
export interface Ground {
  client: KubeClient
  /** Absent: all. */
  namespaces?: readonly string[] | undefined
  /** Where the lease is. */
  leaseNamespace: string
  /** The name of this installation; absent: the uid of namespace kube-system. */
  instance?: string | undefined
  clock: Clock
  random: Random
  log: Log
  signal: AbortSignal
}

/** What is in the way. The same `topic` again is the same trouble, whatever its words. */
interface Obstacle {
  topic: string
  sentence: string
  /** It usually passes by itself within a second: not worth a word at first sight. */
  isMoment?: boolean
}

/** What one look at the cluster found. */
interface Finding {
  obstacles: Obstacle[]
  /** What does not keep us from working. */
  remarks: string[]
  /** The name of this installation, once nothing is in the way. */
  instance?: string
}

/** See the head of the file. */
export class StartUp implements Check {
  readonly name = 'start-up'
  readonly #ground: Ground
  #obstacles: readonly Obstacle[] | undefined
  /** The topics of those that somebody was told of. */
  #said: ReadonlySet<string> = new Set()
  #hasSpoken = false

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** What the operator waits for. */
  problem(): string | undefined {
    if (this.#obstacles === undefined) return 'the cluster is being looked at'
    return this.#obstacles.length === 0
      ? undefined
      : this.#obstacles.map(({ sentence }) => sentence).join('; ')
  }

  /** Returns the name of this installation once nothing is in the way; rejects only when the signal falls. */
  async done(): Promise<string> {
    const { clock, random, log, signal } = this.#ground
    for (let attempt = 1; ; attempt += 1) {
      const { obstacles, remarks, instance } = await this.#look()
      this.#tell(obstacles)
      if (instance !== undefined) {
        for (const remark of remarks) log.warn(remark)
        return instance
      }
      await clock.sleep(backoff({ base: firstWait, cap: longestWait, attempt, random }), signal)
    }
  }

  async #look(): Promise<Finding> {
    const { client, signal } = this.#ground
    try {
      const version = await versionOf(client, signal)
      const rights = await this.#rights()
      const definitions = await this.#definitions()
      const obstacles = [...tooOld(version), ...rights.obstacles, ...definitions.obstacles]
      const remarks = [...rights.remarks, ...definitions.remarks]
      if (obstacles.length > 0) return { obstacles, remarks }
      const instance = this.#ground.instance ?? (await uidOfKubeSystem(client, signal))
      return { obstacles, remarks, instance }
    } catch (error) {
      signal.throwIfAborted()
      // Nothing else can be known then; it is looked at again.
      return { obstacles: [{ topic: topicOf(error), sentence: remedyOf(error) }], remarks: [] }
    }
  }

  async #rights(): Promise<Finding> {
    const { client, instance, signal } = this.#ground
    const wanted = rightsFor({ ...this.#ground, isNamed: instance !== undefined })
    const { missing, who } = await missingRights(client, wanted, signal)
    const needed = missing.filter(({ without }) => without === undefined)
    const sentence = `${who ?? 'the operator'} has no right ${wordsOf(needed)}. Grant it: ${commandsFor(needed, who).join(' && ')} (or helm upgrade)`
    const rest = Map.groupBy(missing, ({ without }) => without)
    return {
      obstacles: needed.length === 0 ? [] : [{ topic: `rights ${wordsOf(needed)}`, sentence }],
      remarks: [...rest].flatMap(([without, rights]) =>
        without === undefined ? [] : [`no right ${wordsOf(rights)}: ${without}`],
      ),
    }
  }

  async #definitions(): Promise<Finding> {
    const { client, signal } = this.#ground
    try {
      const fits: { name: string; fit: Fit }[] = []
      // One by one: each is large, and only what came of it is kept.
      for (const definition of resources) fits.push(await judged(client, definition, signal))
      return { obstacles: obstaclesOf(fits), remarks: fits.flatMap(remarkOf) }
    } catch (error) {
      // That right is among those that are asked for.
      if (hasStatus(error, 403)) return { obstacles: [], remarks: [] }
      throw error
    }
  }

  #tell(obstacles: readonly Obstacle[]): void {
    const { log } = this.#ground
    const known = new Set(this.#obstacles?.map(({ topic }) => topic))
    const told = obstacles.filter(({ topic, isMoment }) => isMoment !== true || known.has(topic))
    for (const { topic, sentence } of told)
      log[this.#said.has(topic) ? 'debug' : 'warn'](`${sentence}. Lakeward waits for it`)
    if (obstacles.length === 0 && this.#hasSpoken) log.info('what kept Lakeward from working is mended')
    this.#hasSpoken ||= told.length > 0
    this.#said = new Set(told.map(({ topic }) => topic))
    this.#obstacles = obstacles
  }
}

const topicOf = (error: unknown): string =>
  error instanceof KubeError ? `API server ${error.status} ${error.reason}` : remedyOf(error)

async function judged(
  client: KubeClient,
  definition: ResourceDefinition,
  signal: AbortSignal,
): Promise<{ name: string; fit: Fit }> {
  const name = crdName(definition)
  return { name, fit: fitOf(definition, await readDefinition(client, name, signal)) }
}

function tooOld({ major, minor, text }: Version): Obstacle[] {
  // What is no number is left to be found out.
  if (!(major === 1 && minor < oldestMinor)) return []
  const sentence = `this is Kubernetes ${text}, whose API server does not enforce the rules in Lakeward's CRDs and policies: upgrade it to 1.${oldestMinor} or later`
  return [{ topic: 'version', sentence }]
}

const install = `kubectl apply -f crds/ (or helm upgrade), with the files of Lakeward ${lakeward.version}`

/** All that are missing in one line, since one command brings them all; the others one by one. */
function obstaclesOf(fits: readonly { name: string; fit: Fit }[]): Obstacle[] {
  const missing = fits.filter(({ fit }) => fit.is === 'Missing').map(({ name }) => name)
  const words = missing.join(', ')
  const all = { topic: `missing ${words}`, sentence: `the CRDs ${words} are not installed: ${install}` }
  return [...(missing.length === 0 ? [] : [all]), ...fits.flatMap(obstacleOf)]
}

function obstacleOf({ name, fit }: { name: string; fit: Fit }): Obstacle[] {
  const crd = `the CRD ${name}`
  switch (fit.is) {
    case 'Missing':
    case 'Fits':
      return []
    case 'Going':
      return [
        { topic: `${name} going`, sentence: `${crd} is being deleted: wait for its end, then ${install}` },
      ]
    case 'NotEstablished':
      return [
        {
          topic: `${name} not established`,
          sentence: `${crd} is not served: ${fit.why ?? 'Kubernetes has not looked at it yet'}`,
          isMoment: fit.why === undefined,
        },
      ]
    case 'Older': {
      const lacking = firstFew(fit.lacking)
      const how = fit.unknown.length === 0 ? 'is older than' : 'is not that of'
      const sentence = `${crd} ${how} Lakeward ${lakeward.version}, and Kubernetes would drop what it does not know, without an error (${lacking}): ${install}`
      return [{ topic: `${name} older ${lacking}`, sentence }]
    }
    default:
      return fit satisfies never
  }
}

function remarkOf({ name, fit }: { name: string; fit: Fit }): string[] {
  if (fit.is !== 'Fits') return []
  const remarks: string[] = []
  if (fit.unknown.length > 0)
    remarks.push(
      `the CRD ${name} is newer than Lakeward ${lakeward.version} and has ${firstFew(fit.unknown)}: objects that use it are Stalled until Lakeward is updated`,
    )
  if (fit.lacking.length > 0)
    remarks.push(
      `the CRD ${name} does not take ${firstFew(fit.lacking)}, which Lakeward ${lakeward.version} knows: manifests cannot use it`,
    )
  return remarks
}
