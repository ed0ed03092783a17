import type { Chance } from './chance.ts'

/*
 * Clusters as people write them. What the API server or Databricks would refuse cannot come out: each choice leaves
 * only what goes with it.
 */

/** Secrets that somebody wrote where they do not belong, so that one can look for them afterwards. */
export interface Secrets {
  /** A new one, which is remembered. */
  make(): string
}

const sparkVersions = ['14.3.x-scala2.12', '15.4.x-scala2.12', '16.4.x-scala2.12']
const nodeTypes = ['m5d.large', 'm5d.xlarge', 'r5d.large', 'i3.xlarge']

/** The body that clusters of jobs and others have in common. `shared`: nobody's own, as tenants have to say. */
export function anyBody(chance: Chance, secrets: Secrets, mode: 'Any' | 'Shared'): Record<string, unknown> {
  return {
    sparkVersion: chance.pick(sparkVersions),
    nodeTypeId: chance.pick(nodeTypes),
    ...anySize(chance),
    ...(mode === 'Shared' || chance.percent(30) ? { dataSecurityMode: 'USER_ISOLATION' } : {}),
    ...chance.optional({
      driverNodeTypeId: () => chance.pick(nodeTypes),
      // The other engine is what there is without a word, and is not echoed.
      runtimeEngine: () => 'PHOTON',
      sparkConf: () => anyConf(chance, secrets),
      sparkEnvVars: () => anyEnvironment(chance, secrets),
      customTags: () => anyTags(chance),
      awsAttributes: () => anyAws(chance),
      enableElasticDisk: () => chance.percent(50),
      initScripts: () => anyScripts(chance),
      clusterLogConf: () => ({ volumes: { destination: `/Volumes/main/bronze/landing/${chance.text(4)}` } }),
    }),
  }
}

/** An all-purpose cluster. It runs for as long as a test does, whatever speed the workspace's time has. */
export const anyCluster = (
  chance: Chance,
  secrets: Secrets,
  { name, mode }: { name: string; mode: 'Any' | 'Shared' },
): Record<string, unknown> => ({
  clusterName: name,
  ...anyBody(chance, secrets, mode),
  autoterminationMinutes: chance.pick([0, 9_000, 10_000]),
  // What waits for a cluster to stop by itself would never come in a test.
  management: { onSpecChange: 'Apply', onDrift: 'Apply' },
})

function anySize(chance: Chance): object {
  if (chance.percent(50)) return { numWorkers: chance.between(1, 8) }
  const minWorkers = chance.between(1, 4)
  return { autoscale: { minWorkers, maxWorkers: minWorkers + chance.between(2, 6) } }
}

const anyConf = (chance: Chance, secrets: Secrets): Record<string, string> => ({
  'spark.sql.shuffle.partitions': String(chance.between(10, 400)),
  ...(chance.percent(50) ? { 'spark.speculation': chance.pick(['true', 'false']) } : {}),
  ...(chance.percent(30) ? { 'fs.s3a.secret.key': secrets.make() } : {}),
})

const anyEnvironment = (chance: Chance, secrets: Secrets): Record<string, string> => ({
  STAGE: chance.pick(['dev', 'test', 'prod']),
  ...(chance.percent(50) ? { API_TOKEN: secrets.make() } : {}),
})

export const anyTags = (chance: Chance): Record<string, string> => ({
  team: chance.pick(['data', 'finance', 'research']),
  ...(chance.percent(50) ? { 'cost-center': String(chance.between(1_000, 9_999)) } : {}),
})

const anyAws = (chance: Chance): object => ({
  availability: chance.pick(['SPOT', 'ON_DEMAND', 'SPOT_WITH_FALLBACK']),
  firstOnDemand: chance.between(1, 3),
  ...(chance.percent(50) ? { spotBidPricePercent: chance.between(50, 150) } : {}),
  ...(chance.percent(50)
    ? { ebsVolumeType: 'GENERAL_PURPOSE_SSD', ebsVolumeCount: chance.between(1, 4), ebsVolumeSize: 200 }
    : {}),
})

const anyScripts = (chance: Chance): object[] =>
  Array.from({ length: chance.between(1, 2) }, () => ({
    workspace: { destination: `/Shared/setup-${chance.text(4)}.sh` },
  }))
