import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { runCommand, type CommandResult } from './command.ts'

/** What one call of kubectl gets beside its arguments. */
interface KubectlOptions {
  /** Text for `-f -`. */
  input?: string
  /** Another identity's kubeconfig; default: the administrator's. */
  kubeconfig?: string
  signal?: AbortSignal
}

/** Runs kubectl to its end; a failure is in `code` and `stderr`, not thrown. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<CommandResult>

/** Makes a kubectl that talks to one control plane and keeps nothing in the user's home. */
export function kubectlFor(control: {
  binaries: Binaries
  kubeconfig: string
  folder: string
  environment: NodeJS.ProcessEnv
}): Kubectl {
  return (args, { input, kubeconfig, signal } = {}) =>
    runCommand(control.binaries.kubectl, args, {
      environment: {
        ...control.environment,
        KUBECONFIG: kubeconfig ?? control.kubeconfig,
        KUBECACHEDIR: join(control.folder, 'kubectl-cache'),
        // A person's own aliases and defaults for kubectl stay out.
        KUBERC: 'off',
      },
      ...(input !== undefined && { input }),
      ...(signal && { signal }),
    })
}

/** The output of a call that has to work; throws with kubectl's own words when it does not. */
export async function mustKubectl(
  kubectl: Kubectl,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, { ...(signal && { signal }) })
  if (code === 0) return stdout
  throw new Error(`kubectl ${args.join(' ')} failed (exit code ${code}): ${stderr.trim()}`)
}
