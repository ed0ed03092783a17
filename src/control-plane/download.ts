import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EnvHttpProxyAgent, interceptors, request, type Dispatcher } from 'undici'
import { parse } from 'yaml'
import { z } from 'zod'
import { runCommand } from './command.ts'
import { binaryNames, inspect, type Attempt } from './installed.ts'
import type { Progress } from './progress.ts'
import { goPlatform, kubernetesVersion } from './recipe.ts'

/**
 * The release index of the ready archives that controller-tools publishes for envtest. LAKEWARD_ENVTEST_INDEX
 * names another one, for instance a company's mirror.
 */
const publicIndex =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml'

/** Short: whoever cannot reach the index is to wait for the build, not for the network. */
const connectTimeoutMilliseconds = 2_000
const silenceTimeoutMilliseconds = 15_000
const indexLimitBytes = 5_000_000
const archiveLimitBytes = 1_000_000_000

const releaseIndex = z.object({
  releases: z.record(
    z.string(),
    z.record(z.string(), z.object({ hash: z.string().regex(/^[0-9a-f]{128}$/), selfLink: z.url() })),
  ),
})

/** What a download needs. */
export interface Download {
  /** An existing folder for the archive and what is in it. */
  work: string
  environment: NodeJS.ProcessEnv
  progress: Progress
  signal?: AbortSignal
}

/** Downloads, verifies and unpacks the pinned archive. One attempt: a failure is an answer, not an error. */
export async function download(options: Download): Promise<Attempt> {
  const { environment, signal } = options
  const dispatcher = dispatcherFor(environment)
  try {
    const index = environment.LAKEWARD_ENVTEST_INDEX || publicIndex
    const archive = await findArchive(index, dispatcher, signal)
    if (archive === undefined) {
      return { state: 'refused', why: `${index} lists no ${kubernetesVersion} for ${goPlatform}` }
    }
    options.progress(`Downloading Kubernetes ${kubernetesVersion} for ${goPlatform} from ${archive.selfLink}`)
    const file = join(options.work, 'archive.tar.gz')
    const found = await save(await open(archive.selfLink, dispatcher, signal), file, signal)
    if (found !== archive.hash) {
      return {
        state: 'refused',
        why: `${archive.selfLink} has not the sha512 its index promises; it was not unpacked`,
      }
    }
    return await unpack(file, join(options.work, 'download'), signal)
  } catch (error) {
    signal?.throwIfAborted()
    return { state: 'refused', why: describe(error) }
  } finally {
    await dispatcher.destroy()
  }
}

/** Proxies come from the environment, as with every other download tool. */
function dispatcherFor(environment: NodeJS.ProcessEnv): EnvHttpProxyAgent {
  const [http, https, none] = ['http_proxy', 'https_proxy', 'no_proxy'].map(
    (name) => environment[name] ?? environment[name.toUpperCase()] ?? '',
  )
  return new EnvHttpProxyAgent({
    connect: { timeout: connectTimeoutMilliseconds },
    headersTimeout: silenceTimeoutMilliseconds,
    bodyTimeout: silenceTimeoutMilliseconds,
    ...(http && { httpProxy: http }),
    ...(https && { httpsProxy: https }),
    noProxy: none ?? '',
  })
}

async function findArchive(index: string, dispatcher: Dispatcher, signal: AbortSignal | undefined) {
  let text = ''
  for await (const chunk of limited(await open(index, dispatcher, signal), indexLimitBytes))
    text += String(chunk)
  const { releases } = releaseIndex.parse(parse(text))
  return releases[kubernetesVersion]?.[`envtest-${kubernetesVersion}-${goPlatform}.tar.gz`]
}

/** The body of a good answer; release archives answer with a redirect to where they are stored. */
async function open(url: string, dispatcher: Dispatcher, signal: AbortSignal | undefined): Promise<Readable> {
  const { statusCode, body } = await request(url, {
    dispatcher: dispatcher.compose(interceptors.redirect({ maxRedirections: 5 })),
    ...(signal && { signal }),
  })
  if (statusCode === 200) return body
  await body.dump()
  throw new Error(`${url} answered ${statusCode}`)
}

/** Writes a body to a file and returns its sha512. */
async function save(body: Readable, file: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha512')
  const hashing = limited(body, archiveLimitBytes).on('data', (chunk: Buffer) => hash.update(chunk))
  await pipeline(hashing, createWriteStream(file), { ...(signal && { signal }) })
  return hash.digest('hex')
}

/** Ends with an error rather than filling memory or disk. */
function limited(body: Readable, limit: number): Readable {
  let seen = 0
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      seen += chunk.length
      if (seen > limit) callback(new Error(`the answer is larger than ${limit} bytes`))
      else callback(null, chunk)
    },
  })
  body.on('error', (error) => guard.destroy(error))
  guard.on('close', () => body.destroy())
  return body.pipe(guard)
}

/** The archive's folders are its own business; only the three programs are taken out of it. */
async function unpack(archive: string, into: string, signal: AbortSignal | undefined): Promise<Attempt> {
  const raw = `${into}.raw`
  await mkdir(raw)
  await mkdir(into)
  const tar = await runCommand('tar', ['-xzf', archive, '-C', raw, '-o'], { ...(signal && { signal }) })
  if (tar.code !== 0)
    return { state: 'refused', why: `tar could not unpack the archive: ${tar.stderr.trim()}` }
  for (const entry of await readdir(raw, { recursive: true, withFileTypes: true })) {
    const name = binaryNames.find((name) => name === entry.name)
    if (name !== undefined && entry.isFile()) await rename(join(entry.parentPath, name), join(into, name))
  }
  return inspect(into, signal)
}

/** A name that cannot be resolved and a refused connection say so in their code, a bad index in its first issue. */
function describe(error: unknown): string {
  if (error instanceof z.ZodError) return `the release index is not what we know: ${z.prettifyError(error)}`
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  return error.message || code || error.name
}
