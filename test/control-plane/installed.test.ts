import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findAssets, findOnPath } from '../../src/control-plane/installed.ts'
import { writeBinaries, writeProgram } from './fake-programs.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('KUBEBUILDER_ASSETS', () => {
  it('is used when all three programs have the pinned version', async () => {
    const folder = await temporaryFolder()
    await writeBinaries(folder)
    expect(await findAssets({ KUBEBUILDER_ASSETS: folder })).toEqual({
      state: 'found',
      paths: {
        directory: folder,
        etcd: join(folder, 'etcd'),
        kubeApiserver: join(folder, 'kube-apiserver'),
        kubectl: join(folder, 'kubectl'),
      },
    })
  })

  it.each([
    ['an older API server', { server: 'v1.36.1' }, 'kube-apiserver in FOLDER is v1.36.1, not v1.37.2'],
    ['a newer kubectl', { client: 'v1.38.0-alpha.1' }, 'kubectl in FOLDER is v1.38.0-alpha.1, not v1.37.2'],
    ['an etcd too old for the API server', { etcd: '3.5.9' }, 'etcd in FOLDER is 3.5.9, not 3.6 or later'],
    [
      'a program that says something else',
      { server: 'unknown' },
      'kube-apiserver in FOLDER is of no known version, not v1.37.2',
    ],
  ])('is refused with %s, and says which', async (_name, versions, why) => {
    const folder = await temporaryFolder()
    await writeBinaries(folder, versions)
    expect(await findAssets({ KUBEBUILDER_ASSETS: folder })).toEqual({
      state: 'refused',
      why: why.replace('FOLDER', folder),
    })
  })

  it('is refused when a program is missing, cannot be run or fails', async () => {
    const folder = await temporaryFolder()
    await writeBinaries(folder)
    await writeProgram(folder, 'kubectl', 'exit 3')
    expect(await findAssets({ KUBEBUILDER_ASSETS: folder })).toMatchObject({
      why: `kubectl in ${folder} is broken (exit code 3), not v1.37.2`,
    })
    await rm(join(folder, 'kubectl'))
    await rm(join(folder, 'etcd'))
    expect(await findAssets({ KUBEBUILDER_ASSETS: folder })).toMatchObject({
      why: `${folder} has no etcd, kubectl`,
    })
    expect(await findAssets({ KUBEBUILDER_ASSETS: 'some/where' })).toMatchObject({ state: 'refused' })
    expect(await findAssets({})).toEqual({ state: 'refused', why: 'KUBEBUILDER_ASSETS is not set' })
  })
})

describe('the PATH', () => {
  it('yields the first folder with all three in the pinned version, past folders that lack something', async () => {
    const folder = await temporaryFolder()
    const [partial, old, good, later] = ['partial', 'old', 'good', 'later'].map((name) => join(folder, name))
    await writeProgram(partial ?? '', 'kubectl', 'echo v1.37.2')
    await writeBinaries(old ?? '', { server: 'v1.30.0' })
    await writeBinaries(good ?? '')
    await writeBinaries(later ?? '')
    const found = await findOnPath({ PATH: [partial, '', 'relative', old, good, later].join(':') })
    expect(found).toMatchObject({ state: 'found', paths: { directory: good } })
  })

  it('is refused with the reason when only another version is there', async () => {
    const folder = await temporaryFolder()
    await writeBinaries(folder, { server: 'v1.30.0', client: 'v1.30.0' })
    expect(await findOnPath({ PATH: `/nowhere:${folder}` })).toEqual({
      state: 'refused',
      why: `kube-apiserver in ${folder} is v1.30.0, not v1.37.2`,
    })
    expect(await findOnPath({})).toEqual({ state: 'refused', why: 'no folder of the PATH holds all three' })
  })
})
