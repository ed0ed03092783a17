import type { Management } from '../../src/kinds/management.ts'
import { longText, numbered, type Refusal, type Row } from './row.ts'

/*
 * What may stand together in `spec.management`, kind by kind. The combinations are written out: each is a setting of
 * all that can contradict each other, and whether it is refused.
 */

type Kind = 'DatabricksCluster' | 'JobSpec' | 'CatalogGrant'

const bodies: Record<Kind, object> = {
  DatabricksCluster: { clusterName: 'shared', sparkVersion: '15.4.x-scala2.12', numWorkers: 1 },
  JobSpec: { name: 'nightly' },
  CatalogGrant: {
    securables: [{ type: 'catalog', name: 'main' }],
    grants: [{ principal: 'analysts', privileges: ['USE_CATALOG'] }],
  },
}
const ids: Partial<Record<Kind, string>> = {
  DatabricksCluster: '0923-164208-meows279',
  JobSpec: '901234567890123457',
}

const good = (kind: Kind, name: string, management: object): Row => ({
  name,
  kind,
  spec: { ...bodies[kind], management },
})
const judged = (row: Row, refused: Refusal | undefined): Row =>
  refused === undefined ? row : { ...row, refused }

const wouldDoNothing: Refusal = { at: 'spec.management.unlisted', says: 'unlisted: Correct would do nothing' }
const onlyObserved: Refusal = {
  at: 'spec.management.unlisted',
  says: 'only observed until mode says otherwise',
}
const reachesNoFurther: Refusal = { at: 'spec.management.unlisted', says: 'as far as its authority says' }
const needsId: Refusal = { at: 'spec.management.takeOver', says: 'takeOver needs externalId beside it' }

type Setting = Pick<Management, 'mode' | 'unlisted' | 'takeOver'> & { adopts?: true }

/**
 * `[setting, of kinds with ids, of a grant]`: undefined is legal, null is a setting that the kind does not have. Only a
 * job is taken over.
 */
const combinations: readonly [Setting, Refusal | undefined, Refusal | undefined | null][] = [
  [{}, undefined, undefined],
  [{ mode: 'Correct' }, undefined, undefined],
  [{ mode: 'Observe' }, undefined, undefined],
  [{ unlisted: 'Report' }, undefined, undefined],
  [{ unlisted: 'Correct' }, undefined, reachesNoFurther],
  [{ mode: 'Correct', unlisted: 'Report' }, undefined, undefined],
  [{ mode: 'Correct', unlisted: 'Correct' }, undefined, reachesNoFurther],
  [{ mode: 'Observe', unlisted: 'Report' }, undefined, undefined],
  [{ mode: 'Observe', unlisted: 'Correct' }, wouldDoNothing, wouldDoNothing],
  [{ adopts: true }, undefined, null],
  [{ adopts: true, mode: 'Correct' }, undefined, null],
  [{ adopts: true, mode: 'Observe' }, undefined, null],
  [{ adopts: true, unlisted: 'Report' }, undefined, null],
  [{ adopts: true, unlisted: 'Correct' }, onlyObserved, null],
  [{ adopts: true, mode: 'Correct', unlisted: 'Correct' }, undefined, null],
  [{ adopts: true, mode: 'Observe', unlisted: 'Correct' }, wouldDoNothing, null],
  [{ takeOver: true }, needsId, null],
  [{ takeOver: false }, undefined, null],
  [{ takeOver: true, mode: 'Correct' }, needsId, null],
  [{ takeOver: true, mode: 'Observe' }, needsId, null],
  [{ adopts: true, takeOver: true }, undefined, null],
  [{ adopts: true, takeOver: true, mode: 'Correct', unlisted: 'Correct' }, undefined, null],
  [{ adopts: true, takeOver: true, mode: 'Observe' }, undefined, null],
  [{ adopts: true, takeOver: false, unlisted: 'Report' }, undefined, null],
]

const combined: readonly Row[] = combinations.flatMap(([{ adopts, ...setting }, refused, ofGrant]) => {
  const name = `management of ${JSON.stringify({ ...setting, ...(adopts ? { externalId: '…' } : {}) })}`
  const kinds = 'takeOver' in setting ? (['JobSpec'] as const) : (['DatabricksCluster', 'JobSpec'] as const)
  const withIds = kinds.map((kind) =>
    judged(good(kind, name, { ...setting, ...(adopts ? { externalId: ids[kind] } : {}) }), refused),
  )
  return ofGrant === null ? withIds : [...withIds, judged(good('CatalogGrant', name, setting), ofGrant)]
})

const path = 'spec.management.ignore[0].path'
const until = 'spec.management.ignore[0].until'
const begins: Refusal = { at: path, says: 'must begin with a field that is compared' }
const goodJob = (name: string, ignore: readonly object[]): Row => good('JobSpec', name, { ignore })
const badJob = (name: string, ignore: readonly object[], refused: Refusal): Row => ({
  ...goodJob(name, ignore),
  refused,
})
const paths = (count: number) => numbered(count, (index) => ({ path: `tags.t${index}` }))
const to = (time: string) => [{ path: 'schedule', until: time }]

const ignored: readonly Row[] = [
  goodJob('ignored paths', [
    { path: 'schedule.pauseStatus', until: '2026-12-01T06:00:00Z', reason: 'incident 7' },
    { path: 'tasks[extract].maxRetries' },
    { path: 'tags["cost.center"]' },
    { path: 'tags' },
  ]),
  good('DatabricksCluster', 'an ignored key', { ignore: [{ path: 'sparkConf["spark.x"]' }] }),
  good('CatalogGrant', 'an ignored privilege', {
    ignore: [{ path: 'securables[catalog main].grants[analysts].privileges[SELECT]' }],
  }),
  goodJob('as many ignored paths as may be', paths(64)),
  badJob('more ignored paths', paths(65), { at: 'spec.management.ignore' }),
  badJob('an ignored path of another kind', [{ path: 'sparkConf' }], begins),
  badJob('an ignored path with a typo', [{ path: 'schedul.pauseStatus' }], begins),
  badJob('an ignored path that goes on without a break', [{ path: 'schedules' }], begins),
  badJob('an ignored member of ours', [{ path: 'management.mode' }], begins),
  {
    ...good('CatalogGrant', 'ignored grants without their securable', { ignore: [{ path: 'grants[a]' }] }),
    refused: begins,
  },
  badJob('an empty ignored path', [{ path: '' }], { at: path }),
  badJob('an ignored path without end', [{ path: `tags.${longText(508)}` }], { at: path }),
  badJob('nothing ignored', [{ reason: 'none' }], { at: path }),
  badJob('one path ignored twice', [{ path: 'tags' }, { path: 'tags', reason: 'again' }], {
    at: 'spec.management.ignore[1]',
  }),
  goodJob('ignored until a time with a zone', to('2026-12-01T06:00:00.5+02:00')),
  badJob('ignored until a day', to('2026-12-01'), { at: until }),
  badJob('ignored until a time without a zone', to('2026-12-01T06:00:00'), { at: until }),
  badJob('ignored until a day that is none', to('2026-02-30T06:00:00Z'), { at: until }),
  badJob('ignored until an hour that is none', to('2026-12-01T25:00:00Z'), { at: until }),
  badJob('ignored for a very long reason', [{ path: 'tags', reason: longText(257) }], {
    at: 'spec.management.ignore[0].reason',
  }),
]

const identified: readonly Row[] = [
  {
    ...good('DatabricksCluster', 'the id of a job for a cluster', { externalId: ids.JobSpec }),
    refused: { at: 'spec.management.externalId', says: 'a number alone is the id of a job' },
  },
  {
    ...good('JobSpec', 'the id of a cluster for a job', { externalId: ids.DatabricksCluster }),
    refused: { at: 'spec.management.externalId' },
  },
]

export const managementRows: readonly Row[] = [...combined, ...ignored, ...identified]
