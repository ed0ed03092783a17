import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { runCommand } from '../../src/control-plane/command.ts'

/** A Python that has the SDK, or why there is none. */
export type Python = { is: 'Ready'; program: string } | { is: 'Missing'; why: string }

const requirements = join(import.meta.dirname, 'requirements.txt')

/**
 * A virtual environment with exactly the packages of requirements.txt, made once and kept in the project's cache.
 * A file written last says that it is whole; one that was interrupted is made again.
 */
export async function pythonWithSdk(environment: NodeJS.ProcessEnv): Promise<Python> {
  const folder = await folderOf(environment)
  const program = join(folder, 'bin', 'python')
  const whole = join(folder, 'whole')
  if (await isThere(whole)) return { is: 'Ready', program }
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', folder]],
    [program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]],
  ]
  for (const [file, args] of steps) {
    const why = await failureOf(file, args)
    if (why !== undefined) return { is: 'Missing', why: `${file} ${args.join(' ')}: ${why}` }
  }
  await writeFile(whole, '')
  return { is: 'Ready', program }
}

/** Other packages, or another Python, are another folder. */
async function folderOf(environment: NodeJS.ProcessEnv): Promise<string> {
  const given = environment['XDG_CACHE_HOME']
  const home = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache')
  const version = await runCommand('python3', ['--version']).catch(() => ({ stdout: 'none' }))
  const recipe = (await readFile(requirements, 'utf8')) + version.stdout
  return join(home, 'lakeward', 'python-sdk', createHash('sha256').update(recipe).digest('hex').slice(0, 12))
}

async function failureOf(file: string, args: string[]): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await runCommand(file, args)
    return code === 0 ? undefined : (stderr.trim() || stdout.trim()).slice(-500)
  } catch (error) {
    // Not even started: there is no such program.
    return error instanceof Error ? error.message : String(error)
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
