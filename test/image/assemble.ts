import { cp, mkdir, readFile, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { runCommand } from '../../src/control-plane/command.ts'
import {
  type Arguments,
  argumentOf,
  readDockerfile,
  readDockerignore,
  refuse,
  type Stage,
  withArguments,
  wordsOf,
} from './dockerfile.ts'

const top = join(import.meta.dirname, '../..')

/** What the last stage adds to its base, in a folder, and how it is to be run. */
export interface Image {
  readonly root: string
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly labels: string
  readonly environment: NodeJS.ProcessEnv
}

/**
 * Does in a folder what a builder does with our Dockerfile, the bases aside, and with one short cut: the packages
 * are those that are here already.
 */
export async function assembleImage(folder: string): Promise<Image> {
  const { stages, global } = readDockerfile(await readFile(join(top, 'Dockerfile'), 'utf8'))
  const visible = readDockerignore(await readFile(join(top, '.dockerignore'), 'utf8'))
  const roots = new Map<string, string>()
  let image: Image | undefined
  for (const [index, stage] of stages.entries()) {
    const root = join(folder, stage.name ?? 'image')
    if (index < stages.length - 1 && stage.name === undefined) refuse('a stage without a name')
    await mkdir(root)
    image = await runStage(stage, { root, roots, visible, global })
    if (stage.name !== undefined) roots.set(stage.name, root)
  }
  return image ?? refuse('a Dockerfile without a stage')
}

interface Surroundings {
  /** Stands for the root of the stage. */
  readonly root: string
  /** Those of former stages. */
  readonly roots: ReadonlyMap<string, string>
  /** The files of the project that a builder sees. */
  readonly visible: readonly string[]
  readonly global: Arguments
}

async function runStage(stage: Stage, around: Surroundings): Promise<Image> {
  const { root } = around
  const image = { root, user: '0:0', entrypoint: [''], command: [''], labels: '', environment: {} }
  let folder = '/'
  const values: Record<string, string> = {}
  for (const { name, rest } of stage.instructions) {
    switch (name) {
      case 'ARG':
        Object.assign(values, argumentOf(rest, around.global))
        break
      case 'WORKDIR':
        folder = resolve(folder, rest)
        await mkdir(join(root, folder), { recursive: true })
        break
      case 'COPY':
        await copy(rest, folder, around)
        break
      case 'RUN':
        await run(rest, join(root, folder))
        break
      case 'USER':
        image.user = rest
        break
      case 'ENTRYPOINT':
        image.entrypoint = wordsOf(rest)
        break
      case 'CMD':
        image.command = wordsOf(rest)
        break
      case 'LABEL':
        image.labels = withArguments(rest, values)
        break
      case 'ENV':
        image.environment = { ...image.environment, ...argumentOf(rest, {}) }
        break
      case 'EXPOSE':
        break
      default:
        refuse(`${name} ${rest}`)
    }
  }
  return image
}

/** A folder gives its content, a file goes into a target that ends with a slash, else under its name. */
async function copy(rest: string, folder: string, { root, roots, visible }: Surroundings): Promise<void> {
  const [, from, names = ''] = /^(?:--from=(\S+) )?([^-].*)$/.exec(rest) ?? refuse(`COPY ${rest}`)
  const sources = names.split(' ')
  const target = sources.pop() ?? ''
  for (const source of sources) {
    if (from === undefined && !visible.includes(source)) throw new Error(`the builder does not see ${source}`)
    const origin = join(from === undefined ? top : (roots.get(from) ?? refuse(rest)), source)
    const isFolder = (await stat(origin)).isDirectory()
    const place = target.endsWith('/') && !isFolder ? `${target}${basename(source)}` : target
    const destination = join(root, resolve(folder, place))
    await mkdir(dirname(destination), { recursive: true })
    await cp(origin, destination, { recursive: true, verbatimSymlinks: true })
  }
}

async function run(command: string, folder: string): Promise<void> {
  if (command === 'npm ci --ignore-scripts')
    return symlink(join(top, 'node_modules'), join(folder, 'node_modules'))
  const { PATH = '', HOME = '' } = process.env
  // It has to find everything from where it stands, for the root is another one here.
  if (/(?:^|[\s=])\//.test(command)) refuse(`RUN ${command}`)
  const { code, stdout, stderr } = await runCommand('/bin/sh', ['-c', command], {
    environment: { PATH, HOME },
    directory: folder,
  })
  if (code !== 0) throw new Error(`RUN ${command} ended with ${code}:\n${stdout}${stderr}`)
}
