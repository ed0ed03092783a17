import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chart, render, type Rendered, type Values } from '../chart/chart.ts'
import { deploymentIn, type PodTemplate } from '../chart/deployment.ts'
import { valueSets } from '../chart/value-sets.ts'
import { resources } from '../../src/kinds/resources.ts'
import { Databricks } from './databricks.ts'
import { Installation } from './installation.ts'
import { job, secret, token, workspace } from './manifests.ts'
import { noteUse, wrongRequests } from './rights-in-use.ts'
import { until } from './until.ts'

/*
 * The chart on a real API server, from the first `helm install` to the last `helm uninstall`, in the order of a
 * life. Nothing runs pods there, so the operator is started by hand as its Deployment says.
 */

let installation: Installation
let databricks: Databricks

/** Without `instance`, the operator asks the cluster for its name. */
const own = { allowHttp: true, requestTimeout: '2s', attemptSettle: '1s' }
const definitions = resources.map(({ plural, group }) => `${plural}.${group}`).toSorted()

beforeAll(async () => {
  installation = await Installation.start('home', 'data', 'lake', 'red')
  databricks = await Databricks.start()
}, 120_000)

afterAll(async () => {
  await databricks.stop()
  await installation[Symbol.asyncDispose]()
})

/** Runs helm; it has to work, and to have nothing to warn of. */
async function helm(args: readonly string[], values?: Values): Promise<string> {
  const { code, stdout, stderr } = await installation.helm(args, values)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('helm install', () => {
  it('works where only restricted pods are admitted', async () => {
    const said = await helm(['install', 'lakeward', chart], own)
    expect(said).toContain('STATUS: deployed')
    expect(said).toContain('works in all namespaces')
    expect(said).toContain('"instance" is not set')
    expect(said).toContain('the nodes have to have the image lakeward:')
    const { spec } = await installation.deployment()
    expect(spec.replicas).toBe(2)
  })
})

const pod = ({ metadata, spec }: PodTemplate): Rendered & { spec: PodTemplate['spec'] } => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...metadata, name: 'probe', namespace: 'home' },
  spec,
})

describe.each(Object.entries(valueSets))('what the chart renders with %s', (_name, values) => {
  it('is taken by the server, pods too', async () => {
    const objects = await render(values)
    const { code, stderr } = await installation.dryRun([...objects, pod(deploymentIn(objects).spec.template)])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe('the pods', () => {
  const unsafe: readonly [string, (spec: PodTemplate['spec']) => void, string][] = [
    ['as root', ({ securityContext }) => Object.assign(securityContext, { runAsUser: 0 }), 'runAsUser=0'],
    [
      'as whoever the image says',
      ({ securityContext }) => Object.assign(securityContext, { runAsNonRoot: false }),
      'runAsNonRoot != true',
    ],
    [
      'without a seccomp profile',
      ({ securityContext }) => Object.assign(securityContext, { seccompProfile: undefined }),
      'seccompProfile',
    ],
    [
      'with more privileges later',
      ({ containers: [{ securityContext }] }) =>
        Object.assign(securityContext, { allowPrivilegeEscalation: true }),
      'allowPrivilegeEscalation != false',
    ],
    [
      'with capabilities',
      ({ containers: [{ securityContext }] }) => Object.assign(securityContext, { capabilities: undefined }),
      'unrestricted capabilities',
    ],
  ]

  it.each(unsafe)('would be refused %s', async (_name, change, says) => {
    const template = structuredClone(deploymentIn(await render()).spec.template)
    change(template.spec)
    const { code, stderr } = await installation.dryRun([pod(template)])
    expect(stderr).toContain('violates PodSecurity "restricted:latest"')
    expect(stderr).toContain(says)
    expect(code).toBe(1)
  })
})

/** Those of these rights that the operator has. */
async function given(...rights: string[]): Promise<string[]> {
  const answers = await Promise.all(rights.map((right) => installation.may(right)))
  return rights.filter((_right, index) => answers[index])
}

const never = [
  'list secrets lakeward',
  'watch secrets data',
  'update jobspecs data',
  'delete jobspecs data',
  'create serviceaccounts/token lakeward',
  'get pods lakeward',
  'update customresourcedefinitions data',
  'update leases data',
  'approve jobspecs data',
]

describe('the operator in all namespaces', () => {
  it('may do what it needs everywhere, and no more', async () => {
    const everywhere = [
      'get secrets data',
      'get secrets red',
      'patch jobspecs/status red',
      'list namespaces red',
    ]
    expect(await given(...everywhere, 'update leases lakeward', ...never)).toEqual([
      ...everywhere,
      'update leases lakeward',
    ])
  })

  it('works there with the arguments of its pods, and is well where they are asked', async () => {
    const [data, red] = [await installation.in('data'), await installation.in('red')]
    const audit = await installation.audit()
    const operator = await installation.operator()
    await operator.start()
    for (const one of [data, red]) {
      await one.apply(
        secret('databricks', { token }),
        workspace('default', databricks.url),
        job(`of-${one.namespace}`),
      )
      await one.ready('JobSpec', `of-${one.namespace}`)
    }
    const { containers } = (await installation.deployment()).spec.template.spec
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
      expect((await operator.visit(containers[0][probe].httpGet.path)).status, probe).toBe(200)
    expect(await operator.stop()).toBe(0)
    const entries = await audit.all()
    expect(wrongRequests(entries, [])).toEqual([])
    await noteUse(entries)
  })
})

describe('helm upgrade', () => {
  it('brings the definitions of its version, and takes rights away with the namespaces', async () => {
    const file = 'files/crds/jobspecs.lakeward.dev.yaml'
    const newer = await installation.changedChart(file, 'shortNames:\n', 'shortNames:\n      - newer\n')
    await helm(['upgrade', 'lakeward', newer], { ...own, namespaces: ['data'] })
    const names = ['get', 'crd', 'jobspecs.lakeward.dev', '--output', 'jsonpath={.spec.names.shortNames}']
    expect(await installation.kubectl(names)).toBe('["newer","dbj"]')

    const rights = ['get secrets data', 'patch jobspecs/status data', 'list namespaces red']
    const gone = ['get secrets red', 'list jobspecs red', 'patch jobspecs/status red', 'get secrets lakeward']
    expect(await given(...rights, ...gone, ...never)).toEqual(rights)
  })

  it('gives it the name that it has by what helm says, so that nothing becomes somebody else’s', async () => {
    const said = await helm(['upgrade', 'lakeward', chart], { ...own, namespaces: ['data'] })
    const [, question = ''] = /--set instance="\$\(kubectl (.*)\)"/.exec(said) ?? []
    const instance = await installation.kubectl(question.replaceAll("'", '').split(' '))
    const flags = ['--reset-then-reuse-values', `--set=instance=${instance}`]
    expect(await helm(['upgrade', 'lakeward', chart, ...flags])).not.toContain('"instance" is not set')
    const [{ args }] = (await installation.deployment()).spec.template.spec.containers
    expect(args).toEqual(expect.arrayContaining([`--instance=${instance}`, '--namespaces=data']))
  })

  it('does not let go of the name by accident', async () => {
    for (const values of [own, { ...own, instance: null }, { ...own, instance: 'another' }]) {
      const { code, stderr } = await installation.helm(['upgrade', 'lakeward', chart], values)
      expect(stderr).toMatch(/instance was [0-9a-f-]{36} and is (not set|another) now: .* say it again/)
      expect(code).toBe(1)
    }
  })

  it('leaves an operator that works in these, and asks for nothing elsewhere', async () => {
    const audit = await installation.audit()
    const operator = await installation.operator()
    await operator.start()
    const data = await installation.in('data')
    // The one from before is written once more: its mark is still ours.
    await data.apply(job('later'), job('of-data', { tags: { team: 'lake' } }))
    for (const name of ['later', 'of-data']) await data.ready('JobSpec', name)
    await operator.stop()
    const entries = await audit.all()
    expect(wrongRequests(entries, [])).toEqual([])
    await noteUse(entries)
  })

  it('puts the policies in force, and takes away those that are not wanted', async () => {
    await (await installation.in('data')).apply(job('safe', { management: { protect: true, suspend: true } }))
    const remove = ['delete', 'jobspec', 'safe', '--namespace', 'data', '--dry-run=server']
    await expect(installation.kubectl(remove)).rejects.toThrow("'lakeward-protect' denied request")
    const flags = ['--reset-then-reuse-values', '--set=policies.protect=false']
    await helm(['upgrade', 'lakeward', chart, ...flags])
    await until('nothing refuses it', () => installation.kubectl(remove))
  })

  it('starts again what was stopped by hand', async () => {
    await installation.kubectl(['scale', 'deployment/lakeward', '--replicas=0', '--namespace=lakeward'])
    expect((await installation.deployment()).spec.replicas).toBe(0)
    await helm(['upgrade', 'lakeward', chart, '--reset-then-reuse-values', '--force-conflicts'])
    expect((await installation.deployment()).spec.replicas).toBe(2)
  })

  it('leaves the definitions, and every manifest, where they are no part of it any more', async () => {
    const before = await present()
    await helm(['upgrade', 'lakeward', chart, '--reset-then-reuse-values', '--set=crds.install=false'])
    expect(await present()).toEqual(before)
    expect(before).toContain('customresourcedefinition.apiextensions.k8s.io/jobspecs.lakeward.dev')
    await helm(['upgrade', 'lakeward', chart, '--reset-then-reuse-values', '--set=crds.install=true'])
  })
})

/** What of the release and of ours is there. */
async function present(): Promise<string[]> {
  const kinds =
    'deployments,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,poddisruptionbudgets,validatingadmissionpolicies,validatingadmissionpolicybindings'
  const ofRelease = ['get', kinds, '--all-namespaces', '--selector=app.kubernetes.io/instance=lakeward']
  const objects = await installation.kubectl([...ofRelease, '--output', 'name'])
  const crds = await installation.kubectl(['get', 'crds', '--output', 'name'])
  const manifests = await installation.kubectl(['get', 'lakeward', '--all-namespaces', '--output', 'name'])
  return [objects, crds, manifests].join('\n').split('\n').filter(Boolean)
}

describe('helm uninstall', () => {
  const kept = [
    ...definitions.map((name) => `customresourcedefinition.apiextensions.k8s.io/${name}`),
    'databricksworkspace.lakeward.dev/default',
    'databricksworkspace.lakeward.dev/default',
    'jobspec.lakeward.dev/later',
    'jobspec.lakeward.dev/of-data',
    'jobspec.lakeward.dev/of-red',
    'jobspec.lakeward.dev/safe',
  ]

  it('leaves the definitions and every manifest, and nothing else', async () => {
    const { writes } = await databricks.during(() => helm(['uninstall', 'lakeward']))
    expect((await present()).toSorted()).toEqual(kept.toSorted())
    expect(writes).toEqual([])
  })

  it('can be followed by an install, which takes them up again', async () => {
    await helm(['install', 'lakeward', chart], own)
    expect((await present()).filter((name) => !kept.includes(name)).toSorted()).toEqual([
      'clusterrole.rbac.authorization.k8s.io/lakeward-admin',
      'clusterrole.rbac.authorization.k8s.io/lakeward-approve',
      'clusterrole.rbac.authorization.k8s.io/lakeward-edit',
      'clusterrole.rbac.authorization.k8s.io/lakeward-operator',
      'clusterrole.rbac.authorization.k8s.io/lakeward-view',
      'clusterrolebinding.rbac.authorization.k8s.io/lakeward-operator',
      'deployment.apps/lakeward',
      'poddisruptionbudget.policy/lakeward',
      'role.rbac.authorization.k8s.io/lakeward-operator-lease',
      'rolebinding.rbac.authorization.k8s.io/lakeward-operator-lease',
      'serviceaccount/lakeward-operator',
      'validatingadmissionpolicy.admissionregistration.k8s.io/lakeward-approval',
      'validatingadmissionpolicy.admissionregistration.k8s.io/lakeward-protect',
      'validatingadmissionpolicybinding.admissionregistration.k8s.io/lakeward-approval',
      'validatingadmissionpolicybinding.admissionregistration.k8s.io/lakeward-protect',
    ])
    await helm(['uninstall', 'lakeward'])
  })

  it('is followed by one of another name only if that is told to take them over', async () => {
    const { code, stderr } = await installation.helm(['install', 'other', chart], own)
    expect(code).toBe(1)
    expect(stderr).toContain('invalid ownership metadata')
    await helm(['install', 'other', chart, '--take-ownership'], own)
  })
})
