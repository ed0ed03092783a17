import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startControlPlane } from '../../src/control-plane/control-plane.ts'
import { prepareHelm } from '../tools/helm.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string
    /** Path of kubectl. */
    kubectl: string
    /** Path of the API server's audit log. */
    auditLog: string
    /** Path of the file in which the operators of a run note which of their rights they used. */
    usedRights: string
  }
}

const progress = (line: string): void => void process.stderr.write(`${line}\n`)

/** One Kubernetes for all scenarios of a run; each file works in a namespace of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // What takes long is done before the first world waits for it.
  await prepareHelm({ progress })
  const controlPlane = await startControlPlane({ progress })
  project.provide('kubeconfig', controlPlane.kubeconfig)
  project.provide('kubectl', controlPlane.binaries.kubectl)
  project.provide('auditLog', controlPlane.auditLog)
  const folder = await mkdtemp(join(tmpdir(), 'lakeward-used-rights-'))
  // For the project that judges them once all scenarios have run.
  project.vitest.provide('usedRights', join(folder, 'rights'))
  return async () => {
    await rm(folder, { recursive: true, force: true })
    await controlPlane.stop()
  }
}
