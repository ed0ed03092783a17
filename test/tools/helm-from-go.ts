import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../src/control-plane/command.ts'
import { complaint, helmVersion, type Fetching, type Helm } from './helm-version.ts'

const module = 'helm.sh/helm/v4'

/**
 * Builds helm from its Go module with nothing but a Go toolchain and the module proxy. The build cache is ours
 * alone and goes with the work folder, unless LAKEWARD_KEEP_GOCACHE asks for the user's own.
 */
export async function helmFromGo({ work, environment, progress }: Fetching): Promise<Helm> {
  progress(`Building helm ${helmVersion} from its Go module, once: some minutes`)
  const folder = join(work, 'built')
  const temporary = join(work, 'tmp')
  for (const path of [folder, temporary]) await mkdir(path)
  const version = `-X ${module}/internal/version.version=${helmVersion}`
  const build = ['install', '-trimpath', '-ldflags', `-s -w ${version}`, `${module}/cmd/helm@${helmVersion}`]
  try {
    const { code, stderr } = await runCommand('go', build, {
      directory: work,
      environment: {
        ...environment,
        CGO_ENABLED: '0',
        GOBIN: folder,
        GOFLAGS: '',
        GOWORK: 'off',
        GOTMPDIR: temporary,
        ...(environment['LAKEWARD_KEEP_GOCACHE'] ? {} : { GOCACHE: join(work, 'gocache') }),
      },
    })
    return code === 0 ? { state: 'found', program: join(folder, 'helm') } : complaint('go install', stderr)
  } catch (error) {
    return { state: 'refused', why: error instanceof Error ? error.message : String(error) }
  }
}
