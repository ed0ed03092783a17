import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { rolldown, type OutputChunk } from 'rolldown'
import { noticesOf } from './notices.ts'

const top = join(import.meta.dirname, '../..')
const inDependencies = /[\\/]node_modules[\\/]/

/**
 * Writes the program of the image into an own folder: plain JavaScript with all that it needs of its dependencies,
 * source maps that lead to our files, and the notices that the licences of the dependencies ask for. Returns the
 * path of the program.
 */
export async function bundle(folder: string): Promise<string> {
  const chunks = await chunksFor(folder)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const chunk of chunks) await writeChunk(folder, chunk)
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds)
  await writeFile(join(folder, 'NOTICES.txt'), await noticesOf(modules))
  return join(folder, 'lakeward.mjs')
}

async function chunksFor(folder: string): Promise<OutputChunk[]> {
  await using build = await rolldown({
    cwd: top,
    input: { lakeward: 'src/image/lakeward.ts' },
    platform: 'node',
    // The library does not say so, but importing its modules does nothing on the Node that we run on: without it
    // the classes of the whole Kubernetes API would come along with the reader of kubeconfigs.
    treeshake: { moduleSideEffects: [{ test: /[\\/]@kubernetes[\\/]client-node[\\/]/, sideEffects: false }] },
  })
  const { output } = await build.generate({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: ({ name }) => `${name.replaceAll('~', '-')}.mjs`,
    codeSplitting: { groups: [{ name: 'dependencies', test: inDependencies, entriesAware: true }] },
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: 'hidden',
    // Names and lines are enough for a stack trace; the sources themselves would only take memory.
    sourcemapExcludeSources: true,
    sourcemapPathTransform: (source, map) => relative(top, resolve(dirname(map), source)),
  })
  return output.filter((part) => part.type === 'chunk')
}

/** A map is loaded with its chunk, so only chunks with code of ours have one. */
async function writeChunk(folder: string, { fileName, code, map, moduleIds }: OutputChunk): Promise<void> {
  const isOurs = moduleIds.some((id) => id.startsWith(top) && !inDependencies.test(id))
  const target = join(folder, fileName)
  if (!isOurs || map === null) return writeFile(target, code)
  await writeFile(`${target}.map`, map.toString())
  await writeFile(target, `${code}//# sourceMappingURL=${fileName}.map\n`)
}
