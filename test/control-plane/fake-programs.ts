import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubernetesVersion } from '../../src/control-plane/recipe.ts'

/** Writes an executable shell script. */
export async function writeProgram(folder: string, name: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, name)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

/** The three programs as far as their versions go: each answers as the real one does. */
export async function writeBinaries(
  folder: string,
  versions: { server?: string; client?: string; etcd?: string } = {},
): Promise<void> {
  const { server = kubernetesVersion, client = kubernetesVersion, etcd = '3.7.3' } = versions
  await writeProgram(folder, 'kube-apiserver', `[ "$1" = --version ] && echo 'Kubernetes ${server}'`)
  await writeProgram(folder, 'kubectl', `echo 'Client Version: ${client}'; echo 'Kustomize Version: v5.8.1'`)
  await writeProgram(folder, 'etcd', `echo 'etcd Version: ${etcd}'; echo 'Go Version: go1.26.8'`)
}
