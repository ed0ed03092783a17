import { systemClock } from '../../src/clock.ts'
import { longJobManifest } from './job-manifest.ts'
import type { Stage } from './stage.ts'

/** Many JobSpecs in one namespace. */
export interface Fleet {
  readonly namespace: string
  readonly count: number
}

const writers = 12
const pollEvery = 2_000
/** Far above what it takes, for machines that do much else. */
const patience = 1_800_000

export const collectionOf = (namespace: string): string =>
  `/apis/lakeward.dev/v1beta1/namespaces/${namespace}/jobspecs`

/** Makes the objects, faster than kubectl would. */
export async function createAll({ kubernetes, signal }: Stage, { namespace, count }: Fleet): Promise<void> {
  let next = 0
  const writeOn = async (): Promise<void> => {
    while (next < count) {
      const body = longJobManifest(namespace, next++)
      await kubernetes.call({ method: 'POST', path: collectionOf(namespace), body, signal })
    }
  }
  await Promise.all(Array.from({ length: writers }, writeOn))
}

/** Returns once the operator has made all of them Ready. */
export async function untilReady({ kubectl, signal }: Stage, { namespace, count }: Fleet): Promise<void> {
  const deadline = systemClock.monotonic() + patience
  for (;;) {
    const table = await kubectl(['get', 'jobspecs', '--namespace', namespace, '--no-headers'])
    const ready = table.split('\n').filter((line) => /\sTrue\s/.test(line)).length
    if (ready === count) return
    if (systemClock.monotonic() > deadline) throw new Error(`only ${ready} of ${count} jobs became Ready`)
    await systemClock.sleep(pollEvery, signal)
  }
}

/** Returns once the operator has nothing left to ask Databricks, after it was started. */
export async function untilQuiet({ requests, signal }: Stage): Promise<void> {
  for (let before = -1; ;) {
    const { length } = await requests.all()
    if (length === before) return
    before = length
    await systemClock.sleep(pollEvery, signal)
  }
}
