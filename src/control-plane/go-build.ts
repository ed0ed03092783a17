import { mkdir, rename, statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { runCommand } from './command.ts'
import { GoBuildProgress } from './go-build-progress.ts'
import { inspect, type Attempt } from './installed.ts'
import type { Progress } from './progress.ts'
import { goBuildFlags, goModule, goPackages, goPlatform, kubernetesVersion } from './recipe.ts'

/** What a build needs. */
export interface GoBuild {
  /** An existing folder for the build cache and the result. */
  work: string
  environment: NodeJS.ProcessEnv
  progress: Progress
  signal?: AbortSignal
}

const oldestGo = 26
/** Measured: 2.9 GB of build cache and 0.2 GB of result; the rest is air for the linker. */
const neededBytes = 3_500_000_000

/** Builds the three programs from their Go modules with nothing but a Go toolchain and the module proxy. */
export async function goBuild(options: GoBuild): Promise<Attempt> {
  const { work, progress, signal } = options
  const environment = await buildEnvironment(options)
  const refusal = (await toolchainRefusal(options)) ?? (await spaceRefusal(work))
  if (refusal !== undefined) return { state: 'refused', why: refusal }
  progress(
    `Building Kubernetes ${kubernetesVersion} for ${goPlatform} from Go modules, once: about 8 to 12 minutes on ` +
      `2 cores (this machine has ${availableParallelism()}), 0.9 GB in Go's module cache, which stays, ` +
      `and 3 GB while it builds`,
  )
  const command = { environment, directory: goModule, ...(signal && { signal }) }
  const list = await runCommand('go', ['list', '-deps', ...goPackages], command)
  if (list.code !== 0) return failed('go list', list.stderr)
  const bar = new GoBuildProgress(list.stdout.trim().split('\n').length, progress)
  const result = join(work, 'built')
  await mkdir(result)
  const build = await runCommand('go', ['build', '-v', ...goBuildFlags, '-o', result, ...goPackages], {
    ...command,
    onErrorLine: (line) => bar.add(line),
  })
  if (build.code !== 0) return failed('go build', bar.complaints.join('\n'))
  // `go build` names a program after its package's folder: …/server/v3 becomes `server`.
  await rename(join(result, basename(join(goPackages[0], '..'))), join(result, 'etcd'))
  return inspect(result, signal)
}

/**
 * The build cache is ours alone and goes with the work folder, since nothing else will use these 3 GB, unless
 * LAKEWARD_KEEP_GOCACHE asks for the user's own. Flags and workspaces of the user's other projects stay out.
 */
async function buildEnvironment({ work, environment }: GoBuild): Promise<NodeJS.ProcessEnv> {
  const temporary = join(work, 'tmp')
  await mkdir(temporary)
  return {
    ...environment,
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=readonly',
    GOWORK: 'off',
    GOTOOLCHAIN: 'local',
    GOTMPDIR: temporary,
    ...(environment.LAKEWARD_KEEP_GOCACHE ? {} : { GOCACHE: join(work, 'gocache') }),
  }
}

/** Asked outside the module: inside, a Go that is too old refuses to answer at all. */
async function toolchainRefusal({ work, environment, signal }: GoBuild): Promise<string | undefined> {
  const wanted = `Go 1.${oldestGo} or later`
  try {
    const { stdout, code } = await runCommand('go', ['env', 'GOVERSION'], {
      environment: { ...environment, GOTOOLCHAIN: 'local' },
      directory: work,
      ...(signal && { signal }),
    })
    const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? []
    if (code === 0 && (Number(major) > 1 || Number(minor) >= oldestGo)) return undefined
    return `${wanted} is needed, this is ${stdout.trim() || 'of no known version'}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `${wanted} is needed, the PATH has no go`
    throw error
  }
}

async function spaceRefusal(folder: string): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= neededBytes) return undefined
  return `${folder} has ${(free / 1e9).toFixed(1)} GB free, ${neededBytes / 1e9} GB are needed`
}

const failed = (what: string, stderr: string): Attempt => ({
  state: 'refused',
  why: `${what} failed: ${stderr.trim().split('\n').slice(-10).join('\n')}`,
})
