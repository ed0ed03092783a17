import { gunzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { inWorld } from './in-world.ts'
import { job, secret, within, workspace } from './manifests.ts'
import { changes, idOf, messageOf } from './observer.ts'
import { runningCluster } from './running-cluster.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

const tokens = {
  // Nothing about it looks like a token, so that only who knows it can keep it to himself.
  good: 'seven-quiet-herons-over-the-lake',
  wrong: 'dapi00112233445566778899aabbccddeeff',
}
const password = 'correct-horse-battery-staple'

const it = inWorld({ flags: ['--log-level', 'trace'] })

/** A run with everything in it that may make a program talkative about its credentials. */
async function talkativeRun(world: World): Promise<void> {
  const { kubernetes } = world
  const other = await world.anotherDatabricks({ tokens: { [tokens.good]: 'robot@example.com' } })
  await kubernetes.apply(
    secret('guarded', { token: tokens.wrong }),
    workspace('guarded', other.url, { secret: 'guarded' }),
    within('guarded', job('guarded')),
  )
  await kubernetes.has('DatabricksWorkspace', 'guarded', { Stalled: 'True CredentialsRejected' })
  await kubernetes.apply(secret('guarded', { token: tokens.good }))
  await kubernetes.recheck('DatabricksWorkspace', 'guarded')
  await kubernetes.ready('JobSpec', 'guarded')
  // A server that repeats what it was sent, in a refusal, a web page and a broken answer.
  const echo = `you sent ${tokens.good}, also known as Authorization: Bearer ${tokens.good}`
  const refusal = { error_code: 'INVALID_PARAMETER_VALUE', message: echo }
  for (const trouble of [
    { status: 400, body: refusal },
    { status: 502, body: `<html>${echo}</html>` },
    { status: 200, body: `{"broken": "${echo}"` },
  ]) {
    await other.fault({ match: 'GET /api/2.2/jobs/get', count: 3, ...trouble })
    await kubernetes.recheck('JobSpec', 'guarded')
    await other.clearFaults()
  }
  await other.fault({ match: 'POST /api/2.2/jobs/update', status: 400, body: refusal })
  await kubernetes.apply(within('guarded', job('guarded', { maxConcurrentRuns: 4 })))
  await kubernetes.has('JobSpec', 'guarded', { Stalled: 'True Refused' })
}

describe('credentials', () => {
  it('are in no log, status, event or audit of a run', async ({ world }) => {
    const { kubernetes, operator, audit } = world
    await talkativeRun(world)
    const refused = kubernetes.object('JobSpec', 'guarded')
    expect(messageOf(refused, 'Stalled')).toContain('INVALID_PARAMETER_VALUE')
    await until('the event came', () =>
      kubernetes.seen.events('JobSpec', 'guarded').some((event) => event.startsWith('Refused: ')),
    )
    const written = [
      operator.log.join('\n'),
      JSON.stringify(kubernetes.seen.all()),
      JSON.stringify(await audit.all()),
      ...kubernetes.seen.present().map(({ status }) => unpacked(status.lastApplied)),
    ].join('\n')
    // The search would find one: it looks through everything that was written.
    expect(written).toContain('CredentialsRejected')
    expect(operator.log.length).toBeGreaterThan(20)
    for (const secret of [tokens.good, tokens.wrong]) {
      expect(written).not.toContain(secret)
      expect(written).not.toContain(Buffer.from(secret).toString('base64'))
    }
  })

  it('are read by name only, never listed or watched', async ({ world: { audit, operator, namespace } }) => {
    await operator.restart()
    const requests = (await audit.all()).filter(({ objectRef }) => objectRef?.resource === 'secrets')
    expect(requests.length).toBeGreaterThan(0)
    expect(new Set(requests.map(({ verb }) => verb))).toEqual(new Set(['get']))
    expect(new Set(requests.map(({ objectRef }) => objectRef?.namespace))).toEqual(new Set([namespace]))
    expect(requests.every(({ objectRef }) => objectRef?.name !== undefined)).toBe(true)
  })
})

describe('the operator’s own rights', () => {
  it('are enough for everything that it asked for', async ({ world: { audit } }) => {
    const refused = (await audit.all()).filter(({ responseStatus }) => responseStatus?.code === 403)
    expect(refused).toEqual([])
  })
})

describe('a secret that somebody put into a cluster by hand', () => {
  it('is shown as a hash', async ({ world }) => {
    const { kubernetes, databricks, operator } = world
    const id = await runningCluster(world, 'leaky', {
      sparkEnvVars: { MODE: 'safe', DB_PASSWORD: '{{secrets/db/password}}' },
    })
    await databricks.ana.post('/api/2.1/clusters/edit', {
      cluster_id: id,
      cluster_name: 'leaky',
      spark_version: '15.4.x-scala2.12',
      node_type_id: 'm5d.large',
      num_workers: 2,
      spark_env_vars: { MODE: 'safe', DB_PASSWORD: password, OTHER_TOKEN: password },
    })
    await databricks.advance(30)
    await kubernetes.recheck('DatabricksCluster', 'leaky')
    const object = await kubernetes.has('DatabricksCluster', 'leaky', { Drifted: 'True DriftFound' })
    expect(idOf(object)).toBe(id)
    expect(Object.keys(changes(object)).toSorted()).toEqual([
      'sparkEnvVars.DB_PASSWORD',
      'sparkEnvVars.OTHER_TOKEN',
    ])
    expect(object.status.drift?.changes?.[0]).toMatchObject({
      wanted: '"{{secrets/db/password}}"',
      found: expect.stringMatching(/^"sha256:[0-9a-f]{8}"$/),
    })
    const written = [
      operator.log.join('\n'),
      JSON.stringify(kubernetes.seen.all()),
      unpacked(object.status.lastApplied),
    ]
    expect(written.join('\n')).not.toContain(password)
  })
})

/** What `status.lastApplied` holds. */
const unpacked = (lastApplied: string | undefined): string =>
  lastApplied === undefined ? '' : gunzipSync(Buffer.from(lastApplied, 'base64')).toString()
