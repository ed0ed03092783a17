import { readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { missingIn, pathsIn, type Attempt } from './installed.ts'
import { recipeKey } from './recipe.ts'

/** Where the project keeps what it downloaded or built, as the XDG base directory specification says. */
export function projectCache(environment: NodeJS.ProcessEnv): string {
  const given = environment.XDG_CACHE_HOME
  const home = given && isAbsolute(given) ? given : join(environment.HOME || homedir(), '.cache')
  return join(home, 'lakeward')
}

/** Where the binaries of the pinned recipe are, once there are any. */
export const cacheFolder = (environment: NodeJS.ProcessEnv): string =>
  join(projectCache(environment), 'control-plane', recipeKey())

/** A cached set was complete and of the right version when it was moved here, so its presence is enough. */
export async function findCached(folder: string): Promise<Attempt> {
  const missing = await missingIn(folder)
  return missing.length === 0
    ? { state: 'found', paths: pathsIn(folder) }
    : { state: 'refused', why: `${folder} has no ${missing.join(', ')}` }
}

/** A fresh name beside the cached set for work in progress; only the holder of the set's lock may use it. */
export const workFolder = (folder: string): string => `${folder}.work-${process.pid}`

/** Removes what killed processes left half-way. The lock is held, so no work folder is in use. */
export async function removeAbandonedWork(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(`${basename(folder)}.work-`)) continue
    await rm(join(dirname(folder), name), { recursive: true, force: true })
  }
}

/** Moves a finished set into place in one step, over the rest of one that somebody half deleted. */
export async function moveIntoCache(finished: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await rename(finished, folder)
}
