import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { arch, platform } from 'node:process'
import { fileURLToPath } from 'node:url'

/** The Kubernetes release that tests, demo and benchmarks run against. */
export const kubernetesVersion = 'v1.37.2'

/** Where go.mod and go.sum of the build stand. */
export const goModule = fileURLToPath(new URL('./go/', import.meta.url))

/** Main packages in the order of `binaryNames`; `go build` names each after its last element but the version. */
export const goPackages = [
  'go.etcd.io/etcd/server/v3',
  'k8s.io/kubernetes/cmd/kube-apiserver',
  'k8s.io/kubernetes/cmd/kubectl',
] as const

/**
 * Without these the server calls itself v0.0.0 and clients' version skew checks go wrong. The module proxy
 * does not tell the commit behind a tag, so the tag itself stands where a release build has the commit.
 */
const versionFlags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(
  (variables) => [
    `-X ${variables}.gitVersion=${kubernetesVersion}`,
    `-X ${variables}.gitCommit=${kubernetesVersion}`,
    `-X ${variables}.gitTreeState=clean`,
    `-X ${variables}.gitMajor=${kubernetesVersion.split('.')[0]?.slice(1)}`,
    `-X ${variables}.gitMinor=${kubernetesVersion.split('.')[1]}`,
  ],
)

/** Arguments of `go build` beside the packages and the place of the result. */
export const goBuildFlags: readonly string[] = [
  '-trimpath',
  '-ldflags',
  ['-s', '-w', ...versionFlags].join(' '),
]

/** This machine in Go's words, which are also those of the release archives: `linux-amd64`. */
export const goPlatform: string = `${platform}-${arch === 'x64' ? 'amd64' : arch}`

/** Names one set of binaries in the cache: another version, machine or recipe is another set. */
export function recipeKey(): string {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(`${goModule}${file}`))
  hash.update(JSON.stringify([goPackages, goBuildFlags]))
  return `${kubernetesVersion}-${goPlatform}-${hash.digest('hex').slice(0, 12)}`
}
