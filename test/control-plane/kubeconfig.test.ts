import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { writeKubeconfig } from '../../src/control-plane/kubeconfig.ts'
import { temporaryFolder } from './temporary-folder.ts'

const server = { url: 'https://127.0.0.1:6443', certificate: 'PEM' }

describe('a kubeconfig', () => {
  it('holds server, certificate, token and namespace, for its owner alone', async () => {
    const path = join(await temporaryFolder(), 'new', 'config')
    await writeKubeconfig(path, server, { name: 'operator', token: 'secret', namespace: 'lakeward' })
    expect(parse(await readFile(path, 'utf8'))).toMatchObject({
      'current-context': 'operator',
      clusters: [{ cluster: { server: server.url, 'certificate-authority-data': 'UEVN' } }],
      users: [{ name: 'operator', user: { token: 'secret' } }],
      contexts: [{ context: { user: 'operator', namespace: 'lakeward' } }],
    })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('replaces an earlier one of ours and never one of somebody else', async () => {
    const folder = await temporaryFolder()
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')]
    await writeKubeconfig(ours, server, { name: 'a', token: 'first' })
    await writeKubeconfig(ours, server, { name: 'a', token: 'second' })
    expect(await readFile(ours, 'utf8')).toContain('second')
    await writeFile(theirs, 'apiVersion: v1\nkind: Config\n')
    await expect(writeKubeconfig(theirs, server, { name: 'a', token: 'x' })).rejects.toThrow(
      /was not written by lakeward/,
    )
    expect(await readFile(theirs, 'utf8')).toBe('apiVersion: v1\nkind: Config\n')
  })
})
