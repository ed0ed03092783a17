import type { TestProject } from 'vitest/node'
import { startControlPlane } from '../../src/control-plane/control-plane.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string
    /** Path of kubectl. */
    kubectl: string
    /** Path of the API server's audit log. */
    auditLog: string
  }
}

/** One Kubernetes for all scenarios of a run; each file works in a namespace of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane({
    progress: (line) => void process.stderr.write(`${line}\n`),
  })
  project.provide('kubeconfig', controlPlane.kubeconfig)
  project.provide('kubectl', controlPlane.binaries.kubectl)
  project.provide('auditLog', controlPlane.auditLog)
  return () => controlPlane.stop()
}
