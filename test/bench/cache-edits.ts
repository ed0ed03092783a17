import { join } from 'node:path'
import type { Section } from './benchmark.ts'
import { amount, milliseconds, percentile } from './figures.ts'
import { JobEdits, type Edit } from './job-edits.ts'
import { untilQuiet, type Fleet } from './job-fleet.ts'
import { longJobManifest } from './job-manifest.ts'
import { isIn, ProbeLog, type Span } from './probe-log.ts'
import type { Stage } from './stage.ts'

/** As many as make a 99th percentile mean something. */
const editsInRelists = 300
const editsInCheck = 150

/** How soon an edit is worked on: while everything is checked after a start, and while lists are read. */
export async function measureEdits(stage: Stage, fleet: Fleet): Promise<Section[]> {
  const checked = await probed(stage, fleet, { flags: [], edits: editsInCheck, isQuiet: false })
  const relisted = await probed(stage, fleet, {
    flags: ['--relist-interval', '1s'],
    edits: editsInRelists,
    isQuiet: true,
  })
  return [checkSection(checked, fleet), ...relistSections(relisted, fleet)]
}

interface Probed {
  readonly probe: ProbeLog
  readonly edits: readonly Edit[]
}

/** Starts an operator with the probe in it, and edits. */
async function probed(
  stage: Stage,
  { namespace, count }: Fleet,
  how: { flags: readonly string[]; edits: number; isQuiet: boolean },
): Promise<Probed> {
  const file = join(stage.folder, `${how.edits}.probe`)
  const edits = new JobEdits(stage, namespace)
  const done: Edit[] = []
  await edits.open()
  const operator = await stage.startOperator(namespace, {
    flags: how.flags,
    nodeArgs: ProbeLog.nodeArgs(file),
  })
  try {
    if (how.isQuiet) await untilQuiet(stage)
    for (let index = 0; index < how.edits; index++)
      // From the end: the first ones are looked at first after a start.
      done.push(await edits.edit(longJobManifest(namespace, count - 1 - (index % count)).metadata.name))
  } finally {
    edits.close()
    await operator.stop()
  }
  return { probe: await ProbeLog.read(file), edits: done }
}

/** Until the first request about the job, which an operator that works on it begins with. */
function startOf({ jobId }: Edit, from: number, probe: ProbeLog): number {
  const at = probe.firstAfter(from, new RegExp(`^GET /api/2\\.\\d/jobs/get\\?(?:.*&)?job_id=${jobId}\\b`))
  if (at === undefined) throw new Error(`the operator asked nothing about job ${jobId} after its edit`)
  return at
}

function checkSection({ probe, edits }: Probed, { count }: Fleet): Section {
  const check = probe.spanOf(/^GET \/api\/2\.\d\/jobs\/get\?/, count)
  const during = edits.filter(({ sentAt }) => isIn(sentAt, [check]))
  const waits = during.map((edit) => startOf(edit, edit.sentAt, probe) - edit.sentAt)
  return {
    title: `edits while all ${count} objects are checked after a start`,
    figures: [
      amount('edits meanwhile', during.length),
      milliseconds('from edit to request to Databricks, median', percentile(waits, 0.5)),
      milliseconds('from edit to request to Databricks, 99 %', percentile(waits, 0.99)),
      ...stalls('event loop late, whole check', probe, [check]),
    ],
  }
}

function relistSections({ probe, edits }: Probed, { count }: Fleet): Section[] {
  const lists = probe.lists().filter(({ from }) => from >= (edits[0]?.sentAt ?? 0))
  const during = edits.filter(({ seenAt }) => isIn(seenAt, lists))
  const waits = during.map((edit) => Math.max(0, startOf(edit, edit.sentAt, probe) - edit.seenAt))
  return [
    {
      title: `while all ${count} objects are listed anew beside the watch`,
      figures: [
        amount('lists', lists.length),
        milliseconds(
          'one list, median',
          percentile(
            lists.map(({ from, to }) => to - from),
            0.5,
          ),
        ),
        ...stalls('event loop late', probe, lists),
        amount('edits meanwhile', during.length),
        milliseconds('from watch event to start of the work, median', percentile(waits, 0.5)),
        milliseconds('from watch event to start of the work, 99 %', percentile(waits, 0.99)),
      ],
    },
  ]
}

function stalls(what: string, probe: ProbeLog, spans: readonly Span[]) {
  const delays = probe.delays(spans)
  return [
    milliseconds(`${what}, median`, percentile(delays, 0.5)),
    milliseconds(`${what}, 99 %`, percentile(delays, 0.99)),
    milliseconds(`${what}, most`, Math.max(...delays)),
  ]
}
