import type { Values } from './chart.ts'

/** Releases that differ as much as they can. */
export const valueSets = {
  'no values': {},
  'single namespaces': { namespaces: ['data', 'lake'], instance: 'production' },
  'everything there is': {
    tokens: { databricks: { audience: 'a' }, azure: { audience: 'b' }, expirationSeconds: 1_000_000 },
    caBundle: { secret: 'authorities', key: 'tls.crt' },
    hashKey: { secret: 'hash-key' },
    proxy: { https: 'http://proxy:3128', http: 'http://proxy:3128', except: '.internal' },
    extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=300' }],
    image: {
      repository: 'example.com/lakeward',
      digest: `sha256:${'0'.repeat(64)}`,
      pullSecrets: [{ name: 'x' }],
    },
    metrics: { service: true },
    runAsUser: 1_000_680_000,
    podLabels: { 'azure.workload.identity/use': 'true', 'app.kubernetes.io/version': 'x' },
    podAnnotations: { a: 'b', 'prometheus.io/scrape': 'false' },
    nodeSelector: { a: 'b' },
    tolerations: [{ key: 'a', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
    priorityClassName: 'system-cluster-critical',
    serviceAccount: { annotations: { 'azure.workload.identity/client-id': 'x' } },
  },
  'as little as can be': {
    runAsUser: null,
    crds: { install: false },
    rbac: { create: false, people: false },
    policies: { approval: false, protect: false },
    serviceAccount: { create: false, name: 'theirs' },
    podDisruptionBudget: { create: false },
    metrics: { annotations: false },
  },
} as const satisfies Record<string, Values>
