import { runCommand } from '../../src/cli/run.ts'
import { render, type Rendered, type Values } from './chart.ts'

interface Probe {
  httpGet: { path: string; port: string }
}

/** The pods of a release, as far as tests look into them. */
export interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> }
  spec: {
    serviceAccountName: string
    automountServiceAccountToken: boolean
    terminationGracePeriodSeconds: number
    securityContext: object
    imagePullSecrets?: object[]
    nodeSelector?: Record<string, string>
    containers: [
      {
        image: string
        args: string[]
        ports: object[]
        env?: { name: string; value?: string }[]
        volumeMounts?: { name: string; mountPath: string; readOnly: boolean }[]
        securityContext: object
        resources: object
        startupProbe: Probe
        livenessProbe: Probe
        readinessProbe: Probe
      },
    ]
    volumes?: { name: string }[]
    topologySpreadConstraints: { topologyKey: string; whenUnsatisfiable: string; matchLabelKeys: string[] }[]
  }
}

/** The Deployment of a release. */
export interface Deployment extends Rendered {
  spec: { replicas: number; selector: { matchLabels: Record<string, string> }; template: PodTemplate }
}

/** The one Deployment among what was rendered. */
export function deploymentIn(objects: readonly Rendered[]): Deployment {
  const found = objects.find(({ kind }) => kind === 'Deployment')
  if (found === undefined) throw new Error('there is no Deployment')
  return found as Deployment
}

/** What the operator is called with. */
export async function argumentsOf(values: Values): Promise<string[]> {
  const [command, ...args] = deploymentIn(await render(values)).spec.template.spec.containers[0].args
  if (command !== 'run') throw new Error(`the first argument is ${command}`)
  return args
}

/** What the program makes of its arguments; it does not run. */
export function understood(args: string[]): { config: unknown; unknown: string[] } {
  const command = runCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  const { unknown } = command.parseOptions(args)
  return { config: command.opts(), unknown }
}
