import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import lakeward from '../../package.json' with { type: 'json' }
import { generatedFiles } from '../../src/generate/files.ts'
import { resources } from '../../src/kinds/resources.ts'
import { chart, render, runHelmWith, type Rendered, type Values } from './chart.ts'
import { deploymentIn } from './deployment.ts'
import { valueSets } from './value-sets.ts'

const named = (objects: readonly Rendered[]): string[] =>
  objects
    .map(
      ({ kind, metadata: { name, namespace } }) =>
        `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
    )
    .toSorted()

const pod = async (values: Values) => deploymentIn(await render(values)).spec.template
const image = async (values: Values) => (await pod({ image: values })).spec.containers[0].image
const token = (path: string, audience: string) => ({
  serviceAccountToken: { path, audience, expirationSeconds: 1_000_000 },
})
const read = (name: string) => readFileSync(join(chart, name), 'utf8')
const crds = resources.map(({ plural, group }) => `CustomResourceDefinition ${plural}.${group}`)

describe.each(Object.entries(valueSets))('with %s', (_name, values) => {
  it('the chart has nothing that helm would warn of', async () => {
    const { code, stdout } = await runHelmWith(values, ['lint', '--strict', chart])
    expect(stdout).toContain('0 chart(s) failed')
    expect(code).toBe(0)
  })
})

describe('a release', () => {
  it('for all namespaces', async () => {
    expect(named(await render())).toEqual(
      [
        ...crds,
        'ClusterRole lakeward-admin',
        'ClusterRole lakeward-approve',
        'ClusterRole lakeward-edit',
        'ClusterRole lakeward-operator',
        'ClusterRole lakeward-view',
        'ClusterRoleBinding lakeward-operator',
        'Deployment home/lakeward',
        'PodDisruptionBudget home/lakeward',
        'Role home/lakeward-operator-lease',
        'RoleBinding home/lakeward-operator-lease',
        'ServiceAccount home/lakeward-operator',
        'ValidatingAdmissionPolicy lakeward-approval',
        'ValidatingAdmissionPolicy lakeward-protect',
        'ValidatingAdmissionPolicyBinding lakeward-approval',
        'ValidatingAdmissionPolicyBinding lakeward-protect',
      ].toSorted(),
    )
  })

  it('for two namespaces has no right to objects of any other', async () => {
    const objects = await render(valueSets['single namespaces'])
    expect(named(objects.filter(({ kind }) => kind.endsWith('RoleBinding')))).toEqual([
      'ClusterRoleBinding lakeward-operator-cluster',
      'RoleBinding data/lakeward-operator',
      'RoleBinding home/lakeward-operator-lease',
      'RoleBinding lake/lakeward-operator',
    ])
  })

  it('of another name shares no name with the first one', async () => {
    const first = new Set(named(await render()))
    const second = named(await render({ crds: { install: false } }, { name: 'second', namespace: 'home' }))
    expect(second).toContain('ClusterRole second-lakeward-operator')
    expect(second.filter((name) => first.has(name))).toEqual([])
  })

  it('has names that are digits only as names', async () => {
    const digits = { namespaces: ['2024'], hashKey: { secret: '7' }, caBundle: { configMap: '8' } }
    const objects = await render(digits, { name: '2025', namespace: '2026' })
    const places = objects.flatMap(({ metadata: { namespace } }) => namespace ?? [])
    expect(new Set(places)).toEqual(new Set(['2024', '2026']))
    const { spec } = deploymentIn(objects)
    expect(spec.selector.matchLabels).toMatchObject({ 'app.kubernetes.io/instance': '2025' })
    expect(spec.template.spec.volumes).toEqual([
      { name: 'ca-bundle', configMap: { name: '8' } },
      { name: 'hash-key', secret: { secretName: '7' } },
    ])
  })

  it('leaves out what it is told to', async () => {
    expect(named(await render(valueSets['as little as can be']))).toEqual(['Deployment home/lakeward'])
  })

  it('has the generated rules, and those only', async () => {
    const files = generatedFiles()
    for (const [path, text] of files) {
      const name = /files\/(lakeward-[a-z-]+)\.yaml$/.exec(path)?.[1]
      if (name === undefined) continue
      const objects = await render({ namespaces: name.endsWith('-cluster') ? ['data'] : [] })
      const role = objects.find(({ kind, metadata }) => kind.endsWith('Role') && metadata.name === name)
      expect(role, name).toMatchObject({ rules: (parse(text) as { rules: object[] }).rules })
    }
  })
})

describe('the CustomResourceDefinitions', () => {
  it('are the generated ones, and stay when the release goes', async () => {
    const rendered = (await render()).filter(({ kind }) => kind === 'CustomResourceDefinition')
    const files = generatedFiles()
    for (const { metadata, ...rest } of rendered) {
      expect({ ...rest, metadata: { name: metadata.name } }).toEqual(
        parse(files.get(`crds/${metadata.name}.yaml`) ?? ''),
      )
      expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' })
    }
    expect(rendered).toHaveLength(resources.length)
  })
})

describe('the pods', () => {
  it('get their time to end from the grace that running work has', async () => {
    for (const [grace, seconds] of [
      ['20s', 35],
      ['30m1s', 1816],
      ['500ms', 16],
    ] as const)
      expect((await pod({ grace })).spec.terminationGracePeriodSeconds, grace).toBe(seconds)
  })

  it('run the image that was named, by digest before tag before version', async () => {
    const repository = 'example.com:5000/team/lakeward'
    const digest = `sha256:${'a'.repeat(64)}`
    expect(await image({})).toBe(`lakeward:${lakeward.version}`)
    expect(await image({ repository, tag: 'next' })).toBe(`${repository}:next`)
    expect(await image({ repository, tag: 'next', digest })).toBe(`${repository}@${digest}`)
  })

  it('have no more than they need', async () => {
    const { spec } = await pod({})
    expect(spec.containers[0].env).toBeUndefined()
    expect(spec.volumes).toBeUndefined()
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    })
  })

  it('show why they ended where everybody looks', async () => {
    const [container] = (await pod({})).spec.containers
    expect(container).toMatchObject({ terminationMessagePolicy: 'FallbackToLogsOnError' })
  })

  it('go to nodes that can run them, and to those among these that were named', async () => {
    const os = { 'kubernetes.io/os': 'linux' }
    expect((await pod({})).spec.nodeSelector).toEqual(os)
    const arch = { 'kubernetes.io/arch': 'arm64' }
    expect((await pod({ nodeSelector: arch })).spec.nodeSelector).toEqual({ ...os, ...arch })
  })

  it('run as whom the cluster says, where that is its business', async () => {
    const { securityContext } = (await pod({ runAsUser: null })).spec
    expect(securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    const { spec } = await pod({ runAsUser: 1_000_680_000 })
    expect(spec.securityContext).toMatchObject({
      runAsUser: 1_000_680_000,
      runAsGroup: 1_000_680_000,
      fsGroup: 1_000_680_000,
    })
  })

  it('have each label and annotation once, and what was wanted of them goes before ours', async () => {
    const { metadata } = await pod({
      podLabels: { team: 'lake', 'app.kubernetes.io/version': 'next' },
      podAnnotations: { a: 'b', 'prometheus.io/scrape': 'false' },
    })
    expect(metadata.labels).toMatchObject({
      team: 'lake',
      'app.kubernetes.io/version': 'next',
      'app.kubernetes.io/name': 'lakeward',
    })
    expect(metadata.annotations).toMatchObject({
      a: 'b',
      'prometheus.io/scrape': 'false',
      'prometheus.io/port': '8080',
    })
  })

  it('get tokens, certificates and proxies', async () => {
    const { spec } = await pod(valueSets['everything there is'])
    const [{ env, volumeMounts }] = spec.containers
    expect(env).toEqual([
      { name: 'HTTPS_PROXY', value: 'http://proxy:3128' },
      { name: 'HTTP_PROXY', value: 'http://proxy:3128' },
      { name: 'NO_PROXY', value: '.internal' },
      { name: 'NODE_OPTIONS', value: '--max-old-space-size=300' },
    ])
    expect(spec.volumes).toEqual([
      { name: 'tokens', projected: { sources: [token('azure', 'b'), token('databricks', 'a')] } },
      { name: 'ca-bundle', secret: { secretName: 'authorities' } },
      { name: 'hash-key', secret: { secretName: 'hash-key' } },
    ])
    expect(volumeMounts).toEqual([
      { name: 'tokens', mountPath: '/var/run/lakeward/tokens', readOnly: true },
      { name: 'ca-bundle', mountPath: '/etc/lakeward/ca', readOnly: true },
      { name: 'hash-key', mountPath: '/etc/lakeward/hash-key', readOnly: true },
    ])
  })

  it('are spread where that is possible, and selected by what never changes', async () => {
    const { spec } = deploymentIn(await render())
    const { topologySpreadConstraints } = spec.template.spec
    expect(topologySpreadConstraints.map(({ topologyKey }) => topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ])
    for (const { matchLabelKeys } of topologySpreadConstraints)
      expect(matchLabelKeys).toEqual(['pod-template-hash'])
    expect(spec.selector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'lakeward',
      'app.kubernetes.io/instance': 'lakeward',
    })
    expect(spec.replicas).toBe(2)
    const [constraint] = (await pod(valueSets['everything there is'])).spec.topologySpreadConstraints
    expect(constraint).toEqual({
      ...valueSets['everything there is'].topologySpreadConstraints[0],
      labelSelector: { matchLabels: spec.selector.matchLabels },
      matchLabelKeys: ['pod-template-hash'],
    })
  })

  it('are found by Prometheus through one thing only', async () => {
    const scrape = {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '8080',
      'prometheus.io/path': '/metrics',
    }
    expect((await pod({})).metadata.annotations).toMatchObject(scrape)
    const objects = await render({ metrics: { service: true } })
    expect(objects.find(({ kind }) => kind === 'Service')?.metadata.annotations).toEqual(scrape)
    expect(deploymentIn(objects).spec.template.metadata.annotations).not.toHaveProperty(
      'prometheus.io/scrape',
    )
  })
})

describe('a PodMonitor', () => {
  it('is what a Prometheus that selects it goes by, and nothing else is then', async () => {
    const podMonitor = { create: true, labels: { release: 'prometheus' } }
    const objects = await render({ metrics: { service: true, podMonitor } })
    const { selector, template } = deploymentIn(objects).spec
    expect(objects.find(({ kind }) => kind === 'PodMonitor')).toMatchObject({
      apiVersion: 'monitoring.coreos.com/v1',
      metadata: { name: 'lakeward', namespace: 'home', labels: podMonitor.labels },
      spec: { podMetricsEndpoints: [{ port: 'http', path: '/metrics' }], selector },
    })
    expect(template.spec.containers[0].ports).toEqual([{ name: 'http', containerPort: 8080 }])
    const scraped = JSON.stringify([template, objects.find(({ kind }) => kind === 'Service')])
    expect(scraped).not.toContain('prometheus.io')
  })
})

describe('the chart', () => {
  it('can be a part of another one, which takes it or not', async () => {
    expect(named(await render({ enabled: true, global: { region: 'eu' } }))).toEqual(named(await render()))
  })

  it('is of the version of the program', () => {
    const { version, appVersion } = parse(read('Chart.yaml')) as Record<string, string>
    expect([version, appVersion]).toEqual([lakeward.version, lakeward.version])
  })
})
