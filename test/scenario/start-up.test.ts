import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BareCluster, Way } from './bare-cluster.ts'
import { Databricks } from './databricks.ts'
import { job, secret, token, workspace } from './manifests.ts'
import { until } from './until.ts'

/*
 * Somebody starts `lakeward run` where something is missing, reads one line, types what it says, and it works: without
 * a restart, and with a health that told the truth meanwhile. The tests tell one story, from a bare cluster on.
 */

let cluster: BareCluster

beforeAll(async () => {
  cluster = await BareCluster.start()
}, 120_000)

afterAll(() => cluster.stop())

/** The commands in a line of the log, typed as they stand there. */
async function obey(line: string): Promise<void> {
  const commands = /kubectl .*?(?= \(or helm upgrade\))/.exec(line)?.[0]
  if (commands === undefined) throw new Error(`it says nothing to do: ${line}`)
  for (const command of commands.split(' && ')) await cluster.type(command)
}

/** Changes the CRD of jobs by hand. */
const change = (patch: object): Promise<string> =>
  cluster.type(`kubectl patch crd jobspecs.lakeward.dev --type json --patch ${JSON.stringify([patch])}`)

/** What the metrics tell, without their explanations. */
const samples = ([, text]: [number, string]): string[] =>
  text.split('\n').filter((line) => !line.startsWith('#'))

const isUnavailable = (line: string): boolean =>
  line.startsWith('lakeward_databricks_requests_total{') && line.includes('"Unavailable"')

const isOver = 'what kept Lakeward from working is mended'

describe('a cluster in which nothing is installed', () => {
  it('says what is missing and what to type, and works as soon as that was typed', async () => {
    await using started = await cluster.operator(await cluster.kubeconfig())
    const rights = await started.says(/^system:serviceaccount:lakeward:operator has no right /)
    expect(rights).toMatch(
      /to get, list, watch, patch databricksworkspaces\.lakeward\.dev, .*secrets|customresourcedefinitions/,
    )
    expect(await started.asked('/healthz')).toEqual([200, 'ok'])
    expect(await started.asked('/readyz')).toEqual([
      503,
      `start-up: ${rights.replace('. Lakeward waits for it', '')}`,
    ])
    await obey(rights)
    const definitions = await started.says(/^the CRDs .* are not installed: /)
    for (const plural of ['databricksworkspaces', 'databricksclusters', 'jobspecs', 'cataloggrants'])
      expect(definitions).toContain(`${plural}.lakeward.dev`)
    await obey(definitions)
    await started.working
    await until('it is ready', async () => (await started.asked('/readyz'))[0] === 200)
    expect(started.said()).toEqual([rights, definitions, isOver])

    const databricks = await Databricks.start()
    try {
      await cluster.apply(
        secret('databricks', { token }),
        workspace('default', databricks.url),
        job('nightly'),
      )
      await cluster.type('kubectl wait jobspec/nightly --for=condition=Ready --timeout=30s')
    } finally {
      await databricks.stop()
    }
    // Databricks is away now, which is no reason to restart.
    await cluster.type('kubectl annotate jobspec nightly lakeward.dev/reconcile-at=now')
    await until('it has noticed', async () => samples(await started.asked('/metrics')).some(isUnavailable))
    expect(await started.asked('/healthz')).toEqual([200, 'ok'])
    expect(await started.asked('/readyz')).toEqual([200, 'ok'])
    for (const line of samples(await started.asked('/metrics'))) {
      expect(line).not.toContain(token)
      // The workspace has an id of its own; nothing that lives in it has a row.
      expect(line.replace(/workspace="\d+"/, '')).not.toMatch(/nightly|="[^"]*[0-9a-f]{8}/)
    }
    expect(await started.stop()).toBe(0)
    expect(started.words().filter((line) => !line.startsWith('{'))).toEqual(['(the operator ended: 0)'])
  })

  it('that has everything starts without a word', async () => {
    await using started = await cluster.operator(await cluster.kubeconfig())
    await started.working
    expect(started.said().filter((line) => !line.includes('again'))).toEqual([])
  })
})

describe('rights for some namespaces', () => {
  it('are asked for there, and what is missing in one is told', async () => {
    await cluster.type('kubectl delete clusterrolebinding lakeward-operator')
    await cluster.type('kubectl create namespace data')
    const kubeconfig = await cluster.kubeconfig()
    await using started = await cluster.operator(kubeconfig, '--namespaces=data,lakeward', '--instance=i')
    const rights = await started.says(
      / has no right in the namespaces data, lakeward to get, list, watch, patch /,
    )
    expect(rights).toContain(
      '; in the whole cluster to list, watch namespaces, to get customresourcedefinitions',
    )
    await obey(rights)
    await started.working
    await started.stop()
    await cluster.type('kubectl delete rolebinding lakeward-operator --namespace data')
    await using other = await cluster.operator(kubeconfig, '--namespaces=data,lakeward', '--instance=j')
    const fewer = await other.says(/ has no right in namespace data to get, list, watch, patch /)
    expect(fewer).not.toContain('whole cluster')
    await cluster.type(
      'kubectl create rolebinding lakeward-operator --namespace data --clusterrole lakeward-operator --serviceaccount lakeward:operator',
    )
    await other.working
  })
})

describe('CRDs of another version', () => {
  const place = '/spec/versions/0/schema/openAPIV3Schema/properties'

  beforeAll(async () => {
    await cluster.type(
      'kubectl create clusterrolebinding everything --clusterrole lakeward-operator --serviceaccount lakeward:operator',
    )
  })

  it('that is older is told by what it lacks, and nothing is done before it is updated', async () => {
    await change({ op: 'remove', path: `${place}/status/properties/held` })
    await using started = await cluster.operator(await cluster.kubeconfig())
    const older = await started.says(
      /^the CRD jobspecs\.lakeward\.dev is older than Lakeward .*\(status\.held\)/,
    )
    expect((await started.asked('/readyz'))[0]).toBe(503)
    await obey(older)
    await started.working
    expect(started.said().slice(0, 2)).toEqual([older, isOver])
  })

  it('that is newer is told once, and does not keep it from working', async () => {
    const path = `${place}/spec/properties/later`
    await change({ op: 'add', path, value: { type: 'string' } })
    await using started = await cluster.operator(await cluster.kubeconfig())
    await started.working
    expect(started.said()[0]).toMatch(
      /^the CRD jobspecs\.lakeward\.dev is newer than Lakeward .* has spec\.later: /,
    )
    await change({ op: 'remove', path })
  })
})

describe('an API server that is away', () => {
  it('is waited for; once it is there work begins, and readiness follows it from then on', async () => {
    const way = await Way.to(cluster.url)
    const kubeconfig = join(cluster.folder, 'by-another-way')
    const text = await readFile(await cluster.kubeconfig(), 'utf8')
    await writeFile(kubeconfig, text.replaceAll(cluster.url, `https://127.0.0.1:${way.port}`))
    try {
      await using started = await cluster.operator(kubeconfig)
      const away = await started.says(/cannot reach the API server at https:/)
      expect(away).toMatch(
        /ECONNREFUSED.*; check that it runs and that nothing blocks the way\. Lakeward waits for it$/,
      )
      expect(await started.asked('/healthz')).toEqual([200, 'ok'])
      expect((await started.asked('/readyz'))[0]).toBe(503)
      await way.open()
      await started.working
      await until('it is ready', async () => (await started.asked('/readyz'))[0] === 200)
      expect(started.said().slice(0, 2)).toEqual([away, isOver])

      await way.close()
      await until(
        'it is not ready',
        async () => (await started.asked('/readyz'))[1].includes('cannot reach'),
        5_000,
      )
      expect(await started.asked('/healthz')).toEqual([200, 'ok'])
      await way.open()
      await until('it is ready again', async () => (await started.asked('/readyz'))[0] === 200)
    } finally {
      await way.close()
    }
  })

  it('does not keep it from ending when it is told to', async () => {
    const way = await Way.to(cluster.url)
    const kubeconfig = join(cluster.folder, 'by-no-way')
    const text = await readFile(await cluster.kubeconfig(), 'utf8')
    await writeFile(kubeconfig, text.replaceAll(cluster.url, `https://127.0.0.1:${way.port}`))
    await using started = await cluster.operator(kubeconfig)
    await started.says(/cannot reach the API server/)
    expect(await started.stop()).toBe(0)
    expect(started.words().filter((line) => !line.startsWith('{'))).toEqual(['(the operator ended: 0)'])
  })
})

describe('credentials that are not accepted', () => {
  it('are told, and taken as soon as they are replaced', async () => {
    const kubeconfig = join(cluster.folder, 'by-a-wrong-token')
    const text = await readFile(await cluster.kubeconfig(), 'utf8')
    await writeFile(kubeconfig, text.replace(/token: .*/, 'token: nobody'))
    await using started = await cluster.operator(kubeconfig)
    const refused = await started.says(
      /^the API server does not accept our credentials \(401\); renew the token/,
    )
    expect(await started.asked('/readyz')).toEqual([
      503,
      `start-up: ${refused.replace('. Lakeward waits for it', '')}`,
    ])
    await writeFile(kubeconfig, text)
    await started.working
    expect(started.said().slice(0, 2)).toEqual([refused, isOver])
  })
})

describe('a kubeconfig that leads nowhere', () => {
  it.each([
    [
      'is not there',
      undefined,
      /^error: cannot read the kubeconfig .*: check the path given with --kubeconfig$/,
    ],
    ['is no kubeconfig', 'hello', /^error: the kubeconfig .* does not lead to a Kubernetes API server: /],
  ])('that %s is one line, and the end: waiting would not help', async (_, text, line) => {
    const kubeconfig = join(cluster.folder, `wrong-${text ?? 'missing'}`)
    if (text !== undefined) await writeFile(kubeconfig, text)
    await using started = await cluster.operator(kubeconfig)
    await expect(started.working).rejects.toThrow('the operator ended: 1')
    const words = started.words()
    expect(words.filter((one) => one.startsWith('error:'))).toEqual([expect.stringMatching(line)])
    expect(words).toHaveLength(2)
  })
})
