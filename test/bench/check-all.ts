import { systemClock } from '../../src/clock.ts'
import { patience, type Elapsed } from './apply-all.ts'
import type { JobWatch } from './job-watch.ts'
import type { Stage } from './stage.ts'

/** Asks for a check now, of all at once and object by object; over when each status says that it was done. */
export async function checkAll(
  { kubectl, signal }: Stage,
  watch: JobWatch,
  { namespace, count }: { namespace: string; count: number },
): Promise<Elapsed> {
  const start = systemClock.monotonic()
  const since = () => (systemClock.monotonic() - start) / 1_000
  const request = 'bench'
  const annotate = ['annotate', 'jobspecs', '--all', `lakeward.dev/reconcile-at=${request}`]
  await kubectl([...annotate, '--namespace', namespace])
  const kubectlSeconds = since()
  await watch.until((job) => job.lastHandledReconcileAt === request, { count, within: patience, signal })
  return { kubectlSeconds, seconds: since() }
}
