import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../../src/databricks/json.ts'
import { compare } from '../../../src/drift/compare.ts'
import { render } from '../../../src/drift/render.ts'
import { report } from '../../../src/drift/report.ts'
import { job } from '../../../src/kinds/job/index.ts'
import type { JobSpecSpec } from '../../../src/kinds/job/schema.ts'
import { sentenceOfChange, sentenceOfWrite } from '../../../src/reconcile/sentences.ts'
import { aDoor } from '../../reconcile/door.ts'
import { anObject, aSession, mark } from '../../reconcile/fixtures.ts'

/*
 * Whatever secret stands wherever people put secrets, in the manifest, in what was last applied or in Databricks:
 * nothing that we show has it.
 */

/** What every secret of these tests holds, however it is dressed. */
const marker = '5ec4e7'
const hex = fc.stringMatching(/^[0-9a-f]{10}$/).map((tail) => `${marker}${tail}`)

/** Texts that are secrets by their looks, wherever they stand. */
const token = hex.chain((text) =>
  fc.constantFrom(
    `dapi${text}`,
    `https://ana:${text}@pypi.example.com/simple`,
    `eyJ${text}.${text}.${text}`,
    `-----BEGIN PRIVATE KEY-----${text}`,
  ),
)
/** Texts that are secrets by their place only. */
const password = fc.oneof(
  hex,
  token,
  hex.map((text) => `{{secrets/a/b}}${text}`),
)

const secretName = fc.constantFrom('password', 'db.passwd', 'API_KEY', 'fs.azure.account.key.x', 'my-token')
const harmlessName = fc.stringMatching(/^[a-z]{3,8}$/)

/** A map with secrets under names that say so. */
const named = fc.dictionary(secretName, password, { maxKeys: 2 })
/** The same with secrets under any name: only what Databricks has, for the manifest does not name these keys. */
const unnamed = fc.dictionary(
  fc.oneof(
    secretName,
    harmlessName.map((name) => `only-there-${name}`),
  ),
  password,
  { maxKeys: 3 },
)

const argumentList = fc
  .array(fc.tuple(fc.constantFrom('--password', '--api-key', '--token'), password), { maxLength: 2 })
  .chain((pairs) =>
    fc.constantFrom(
      pairs.flat(),
      pairs.map(([name, value]) => `${name}=${value}`),
    ),
  )

const places = (map: fc.Arbitrary<Record<string, string>>) =>
  fc.record({
    conf: map,
    env: map,
    base: map,
    sql: map,
    wheel: map,
    run: map,
    job: map,
    list: argumentList,
    repository: fc.option(token, { nil: undefined }),
    text: fc.option(token, { nil: undefined }),
  })

type Places = ReturnType<typeof places> extends fc.Arbitrary<infer All> ? All : never

const parametersOf = (map: Record<string, string>) =>
  Object.entries(map).map(([name, value]) => ({ name, default: value }))

/** A manifest with secrets in all these places. */
const manifestOf = ({
  conf,
  env,
  base,
  sql,
  wheel,
  run,
  job: parameters,
  list,
  repository,
  text,
}: Places) => ({
  name: 'nightly',
  description: text ?? 'Loads orders.',
  tags: { note: text ?? 'x' },
  parameters: parametersOf(parameters),
  tasks: [
    {
      taskKey: 'a',
      notebookTask: { notebookPath: text ?? '/a', baseParameters: base },
      newCluster: { sparkVersion: 'v', numWorkers: 1, sparkConf: conf, sparkEnvVars: env },
      libraries: [{ pypi: { package: 'p', ...(repository === undefined ? {} : { repo: repository }) } }],
    },
    { taskKey: 'b', sqlTask: { warehouseId: 'w', file: { path: '/q' }, parameters: sql } },
    { taskKey: 'c', pythonWheelTask: { packageName: 'p', entryPoint: 'e', namedParameters: wheel } },
    { taskKey: 'd', runJobTask: { jobId: '7', jobParameters: run } },
    { taskKey: 'e', sparkPythonTask: { pythonFile: '/f.py', parameters: list } },
  ],
})

/** Settings with secrets in all these places, some of them in a task that no manifest has. */
const settingsOf = (found: Places, extra: boolean): JsonObject => {
  const { conf, env, base, sql, wheel, run, job: parameters, list, repository, text } = found
  const new_cluster = { spark_version: 'v', num_workers: 2, spark_conf: conf, spark_env_vars: env }
  const notebook = { notebook_path: text ?? '/b', base_parameters: base }
  const libraries = [{ pypi: { package: 'p', ...(repository === undefined ? {} : { repo: repository }) } }]
  return {
    name: 'daily',
    description: text ?? '',
    tags: { note: text ?? 'y' },
    parameters: parametersOf(parameters),
    tasks: [
      { task_key: 'a', notebook_task: notebook, new_cluster, libraries },
      { task_key: 'b', sql_task: { warehouse_id: 'w', file: { path: '/q' }, parameters: sql } },
      { task_key: 'c', python_wheel_task: { package_name: 'p', entry_point: 'e', named_parameters: wheel } },
      { task_key: 'd', run_job_task: { job_id: 7, job_parameters: run } },
      { task_key: 'e', spark_python_task: { python_file: '/f.py', parameters: list } },
      ...(extra ? [{ task_key: 'extra', notebook_task: notebook, new_cluster, libraries }] : []),
    ],
    job_clusters: extra ? [{ job_cluster_key: 'extra', new_cluster }] : [],
  }
}

async function foundIn(settings: JsonObject) {
  const { databricks } = aDoor(() => ({ settings }))
  const subject = {
    object: anObject(),
    spec: { name: 'nightly' } satisfies JobSpecSpec,
    status: { observedGeneration: 1 },
    externalId: '7',
    session: aSession(databricks),
    mark,
  }
  const found = await job.observe(subject, '')
  if (found.is === 'Missing') throw new Error(found.what)
  return found.found
}

it('nothing that is shown of a job has a secret in it', async () => {
  let shownAtAll = 0
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        wanted: places(named),
        found: places(fc.oneof(named, unnamed)),
        last: fc.option(places(named), { nil: undefined }),
        extra: fc.boolean(),
      }),
      async ({ wanted, found, last, extra }) => {
        const differences = compare({
          wanted: manifestOf(wanted),
          found: await foundIn(settingsOf(found, extra)),
          lastApplied: last === undefined ? undefined : manifestOf(last),
          rules: job.rules,
        })
        const { changes } = report(differences, {
          now: '2026-01-01T00:00:00Z',
          impact: () => 'InPlace',
          action: () => 'Correct',
        })
        const shown = [
          JSON.stringify(changes),
          render(differences),
          ...changes.map(sentenceOfChange),
          ...differences.map(sentenceOfWrite),
          ...differences.map(({ text }) => text),
        ].join('\n')
        if (shown.includes('sha256:')) shownAtAll += 1
        expect(shown).not.toContain(marker)
        expect(Buffer.byteLength(JSON.stringify(changes))).toBeLessThanOrEqual(32 * 1024)
      },
    ),
    { numRuns: 100 },
  )
  expect(shownAtAll).toBeGreaterThan(60)
})
