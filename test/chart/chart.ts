import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { runCommand, type CommandResult } from '../../src/control-plane/command.ts'
import { prepareHelm } from '../tools/helm.ts'

/** Where the chart is. */
export const chart = join(import.meta.dirname, '../../charts/lakeward')

/** What is rendered: an object of Kubernetes, as far as tests look into it. */
export interface Rendered {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
  }
}

/** The values of a release; what is absent is as values.yaml says. */
export type Values = Readonly<Record<string, unknown>>

const helm = await prepareHelm({ progress: (line) => void process.stderr.write(`${line}\n`) })

/** Runs helm; its exit code is part of the result. */
export const runHelm = (
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> => runCommand(helm, args, { environment })

/** The same for what takes values. */
export const runHelmWith = (
  values: Values,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> =>
  runCommand(helm, [...args, '--values', '-'], { input: stringify(values), environment })

/** What a release is called, and where it is. */
export interface Release {
  readonly name: string
  readonly namespace: string
}

/** Everything that a release consists of. */
export async function render(
  values: Values = {},
  { name, namespace }: Release = { name: 'lakeward', namespace: 'home' },
): Promise<Rendered[]> {
  const { code, stdout, stderr } = await runHelmWith(values, [
    'template',
    name,
    chart,
    '--namespace',
    namespace,
  ])
  if (code !== 0) throw new Error(`helm template: ${stderr.trim()}`)
  return parseAllDocuments(stdout).flatMap((document) => {
    // Such as a key that is there twice, of which anybody may take either.
    for (const error of document.errors) throw error
    return (document.toJS() as Rendered | null) ?? []
  })
}

/** What helm says to values that it refuses. */
export async function refusal(values: Values): Promise<string> {
  const { code, stderr } = await runHelmWith(values, ['template', 'lakeward', chart])
  if (code === 0) throw new Error('helm takes these values')
  return stderr
}
