import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prepareBinaries } from '../../src/control-plane/binaries.ts'
import { cacheFolder } from '../../src/control-plane/cache.ts'
import { kubernetesVersion } from '../../src/control-plane/recipe.ts'
import { writeBinaries, writeProgram } from './fake-programs.ts'
import { serveReleases, type Wrong } from './release-server.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Port 9 answers nobody here, so this index is never reached. */
const unreachable = 'http://127.0.0.1:9/index.yaml'
const systemPath = '/usr/bin:/bin'

/** An environment of its own, in which nothing is installed and nothing can be downloaded. */
async function bareEnvironment() {
  const root = await temporaryFolder()
  const environment = {
    PATH: `${join(root, 'bin')}:${systemPath}`,
    HOME: root,
    XDG_CACHE_HOME: join(root, 'cache'),
    LAKEWARD_ENVTEST_INDEX: unreachable,
  }
  await mkdir(join(root, 'bin'))
  const said: string[] = []
  const prepare = (more: NodeJS.ProcessEnv = {}, signal?: AbortSignal) =>
    prepareBinaries({
      progress: (sentence) => said.push(sentence),
      environment: { ...environment, ...more },
      ...(signal && { signal }),
    })
  const cacheHome = join(root, 'cache', 'lakeward', 'control-plane')
  return { root, environment, prepare, said, cacheHome }
}

/** A `go` that builds at once; `build` is what it does for `go build`. */
const fakeGo = (build: string, version = 'go1.26.8') => `
out=
case "$1" in
  env) echo ${version} ;;
  list) printf 'unicode\\nk8s.io/api/core/v1\\nk8s.io/kubernetes/cmd/kubectl\\ngo.etcd.io/etcd/server/v3\\n' ;;
  build)
    while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
    ${build}
    ;;
esac`

const goodBuild = `
echo 'go: downloading k8s.io/api v0.37.2' >&2
for package in unicode k8s.io/api/core/v1 k8s.io/kubernetes/cmd/kubectl go.etcd.io/etcd/server/v3; do echo $package >&2; done
[ -d "$GOCACHE" ] || mkdir "$GOCACHE"
[ "$CGO_ENABLED" = 0 ] || exit 9
cp "$PREBUILT"/* "$out"
mv "$out/etcd" "$out/server"`

async function prebuilt(root: string): Promise<NodeJS.ProcessEnv> {
  await writeBinaries(join(root, 'prebuilt'))
  return { PREBUILT: join(root, 'prebuilt') }
}

describe('the order of the ways', () => {
  it('prefers KUBEBUILDER_ASSETS, then the PATH, then the cache, and needs no network for any', async () => {
    const { root, environment, prepare, said } = await bareEnvironment()
    const [assets, path, cache] = [join(root, 'assets'), join(root, 'bin'), cacheFolder(environment)]
    for (const folder of [assets, path, cache]) await writeBinaries(folder)
    expect(await prepare({ KUBEBUILDER_ASSETS: assets })).toMatchObject({
      directory: assets,
      source: 'KUBEBUILDER_ASSETS',
    })
    expect(await prepare()).toMatchObject({ directory: path, source: 'PATH' })
    expect(await prepare({ PATH: systemPath })).toMatchObject({ directory: cache, source: 'cache' })
    expect(said).toEqual([])
  })

  it('says that KUBEBUILDER_ASSETS is of another version, and goes on', async () => {
    const { root, prepare, said } = await bareEnvironment()
    await writeBinaries(join(root, 'assets'), { server: 'v1.29.0' })
    await writeBinaries(join(root, 'bin'))
    expect(await prepare({ KUBEBUILDER_ASSETS: join(root, 'assets') })).toMatchObject({ source: 'PATH' })
    expect(said).toEqual([
      `KUBEBUILDER_ASSETS is not used: kube-apiserver in ${root}/assets is v1.29.0, not ${kubernetesVersion}`,
    ])
  })

  it('names all four ways and why each failed when there is nothing', async () => {
    const { prepare, cacheHome } = await bareEnvironment()
    const message = await prepare().then(
      () => 'prepared',
      (error: Error) => error.message,
    )
    expect(message).toContain('1. KUBEBUILDER_ASSETS or the PATH')
    expect(message).toContain('KUBEBUILDER_ASSETS is not set; no folder of the PATH holds all three')
    expect(message).toContain('2. A set in the cache')
    expect(message).toMatch(/3\. A download.*ECONNREFUSED/)
    expect(message).toContain(
      '4. A Go toolchain on the PATH, to build them once. (Go 1.26 or later is needed, the PATH has no go)',
    )
    expect(await readdir(cacheHome)).toEqual([])
  })

  it('says what to do when the cache cannot be written', async () => {
    const { root, prepare } = await bareEnvironment()
    await writeFile(join(root, 'cache'), 'a file where a folder should be')
    await expect(prepare()).rejects.toThrow(/Name another place by XDG_CACHE_HOME/)
  })
})

describe('the download', () => {
  it('follows the redirect, verifies, unpacks into the cache, and is not repeated', async () => {
    const { prepare, environment, cacheHome } = await bareEnvironment()
    const { index, requests } = await serveReleases()
    const folder = cacheFolder(environment)
    expect(await prepare({ LAKEWARD_ENVTEST_INDEX: index })).toMatchObject({
      directory: folder,
      source: 'download',
    })
    expect(await prepare({ LAKEWARD_ENVTEST_INDEX: index })).toMatchObject({
      directory: folder,
      source: 'cache',
    })
    expect(requests).toEqual(['/index.yaml', '/download', '/stored'])
    expect((await readdir(folder)).toSorted()).toEqual(['etcd', 'kube-apiserver', 'kubectl'])
    expect(await readdir(cacheHome)).toHaveLength(1)
  })

  it('completes a cached set of which somebody deleted a part', async () => {
    const { prepare, environment } = await bareEnvironment()
    const { index } = await serveReleases()
    await writeProgram(cacheFolder(environment), 'etcd', 'exit 1')
    expect(await prepare({ LAKEWARD_ENVTEST_INDEX: index })).toMatchObject({ source: 'download' })
  })

  it.each<[string, Wrong, RegExp]>([
    [
      'a wrong checksum',
      { hash: 'a'.repeat(128) },
      /has not the sha512 its index promises; it was not unpacked/,
    ],
    ['an index without the pinned version', { version: 'v1.36.0' }, /lists no v1\.37\.2 for/],
    [
      'an index that is something else',
      { index: '<html>Sign in</html>' },
      /the release index is not what we know/,
    ],
    [
      'an index without checksums',
      { index: 'releases: {v1.37.2: {a.tar.gz: {selfLink: "http://x"}}}' },
      /hash/,
    ],
    ['an archive with another version inside', { server: 'v1.36.0' }, /kube-apiserver in .* is v1\.36\.0/],
  ])('refuses %s, keeps nothing of it, and goes on to the next way', async (_name, wrong, why) => {
    const { prepare, said, cacheHome } = await bareEnvironment()
    const { index } = await serveReleases(wrong)
    await expect(prepare({ LAKEWARD_ENVTEST_INDEX: index })).rejects.toThrow(why)
    expect(said.filter((sentence) => sentence.startsWith('No download: ')).join()).toMatch(why)
    expect(await readdir(cacheHome)).toEqual([])
  })

  it('says which address answered with what', async () => {
    const { prepare } = await bareEnvironment()
    const { index } = await serveReleases()
    const elsewhere = index.replace('index.yaml', 'moved.yaml')
    await expect(prepare({ LAKEWARD_ENVTEST_INDEX: elsewhere })).rejects.toThrow(`${elsewhere} answered 404`)
  })
})

describe('the build', () => {
  it('says what it costs, how far it is, and leaves only the three programs', async () => {
    const { root, prepare, said, environment, cacheHome } = await bareEnvironment()
    await writeProgram(join(root, 'bin'), 'go', fakeGo(goodBuild))
    const built = await prepare(await prebuilt(root))
    expect(built).toMatchObject({ directory: cacheFolder(environment), source: 'go build' })
    expect(said.join('\n')).toMatch(/8 to 12 minutes on 2 cores.* 0\.9 GB .* 3 GB while it builds/)
    expect(said.filter((sentence) => sentence.includes(' of 4 packages'))).toHaveLength(4)
    expect(said.some((sentence) => sentence.includes('4 of 4 packages (100 %)'))).toBe(true)
    expect((await readdir(built.directory)).toSorted()).toEqual(['etcd', 'kube-apiserver', 'kubectl'])
    expect(await readdir(cacheHome)).toHaveLength(1)
  })

  it("uses and keeps the user's build cache when asked to", async () => {
    const { root, prepare } = await bareEnvironment()
    await writeProgram(join(root, 'bin'), 'go', fakeGo(goodBuild))
    const GOCACHE = join(root, 'my-gocache')
    await prepare({ ...(await prebuilt(root)), GOCACHE, LAKEWARD_KEEP_GOCACHE: '1' })
    expect((await stat(GOCACHE)).isDirectory()).toBe(true)
  })

  it.each([
    ['a Go that is too old', fakeGo('exit 1', 'go1.25.3'), 'Go 1.26 or later is needed, this is go1.25.3'],
    [
      'a build that fails',
      fakeGo(`echo 'foo.go:3: undefined: bar' >&2; exit 1`),
      'go build failed: foo.go:3: undefined: bar',
    ],
    [
      'a module proxy that is away',
      '[ "$1" = env ] && echo go1.26.0 && exit; echo proxy: 503 >&2; exit 1',
      'go list failed: proxy: 503',
    ],
  ])('tells about %s and leaves nothing', async (_name, go, why) => {
    const { root, prepare, cacheHome } = await bareEnvironment()
    await writeProgram(join(root, 'bin'), 'go', go)
    await expect(prepare()).rejects.toThrow(why)
    expect(await readdir(cacheHome)).toEqual([])
  })

  it('stops when aborted, with nothing left', async () => {
    const { root, prepare, cacheHome } = await bareEnvironment()
    const controller = new AbortController()
    const said = join(root, 'building')
    await writeProgram(join(root, 'bin'), 'go', fakeGo(`mkfifo ${said}; echo unicode >&2; exec cat ${said}`))
    const prepared = prepareBinaries({
      progress: (sentence) => sentence.includes('packages') && controller.abort(new Error('enough')),
      environment: {
        PATH: `${root}/bin:${systemPath}`,
        XDG_CACHE_HOME: join(root, 'cache'),
        LAKEWARD_ENVTEST_INDEX: unreachable,
      },
      signal: controller.signal,
    })
    await expect(prepared).rejects.toThrow('enough')
    expect(await readdir(cacheHome)).toEqual([])
    await expect(prepare({}, controller.signal)).rejects.toThrow('enough')
  })

  it('runs once for any number of processes that ask at the same time', async () => {
    const { root, prepare, environment } = await bareEnvironment()
    await writeProgram(join(root, 'bin'), 'go', fakeGo(`echo built >> ${root}/builds\n${goodBuild}`))
    const more = await prebuilt(root)
    const sources = (await Promise.all([prepare(more), prepare(more), prepare(more)])).map(
      ({ source }) => source,
    )
    expect(sources.toSorted()).toEqual(['cache', 'cache', 'go build'])
    expect((await stat(join(root, 'builds'))).size).toBe('built\n'.length)
    expect(await readdir(join(cacheFolder(environment), '..'))).toHaveLength(1)
  })

  it('removes what a killed build left half-way', async () => {
    const { root, prepare, environment, cacheHome } = await bareEnvironment()
    await mkdir(`${cacheFolder(environment)}.work-123/gocache`, { recursive: true })
    await writeProgram(join(root, 'bin'), 'go', fakeGo(goodBuild))
    await prepare(await prebuilt(root))
    expect(await readdir(cacheHome)).toHaveLength(1)
  })
})
