import { execFile } from 'node:child_process'

import { beforeAll, describe, expect, inject, it } from 'vitest'

import { rows } from '../manifests/all.ts'
import { changes } from '../manifests/changes.ts'
import { manifest, type Row } from '../manifests/row.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string
    /** Path of kubectl. */
    kubectl: string
  }
}

/** Never the same twice: without a controller manager a namespace is never gone. */
const namespace = `manifests-${Date.now()}`

/** Runs kubectl; resolves with its exit code and what it said. */
function kubectl(args: readonly string[], input = ''): Promise<{ code: number; said: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; said: string }>()
  const all = ['--kubeconfig', inject('kubeconfig'), '--namespace', namespace, ...args]
  const child = execFile(inject('kubectl'), all, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: stdout + stderr })
  })
  child.stdin?.end(input)
  return promise
}

const send = (verb: readonly string[], ...objects: object[]) =>
  kubectl([...verb, '-f', '-'], objects.map((object) => JSON.stringify(object)).join('\n'))

const dryRun = ['create', '--dry-run=server']

const bad = rows.filter(({ refused }) => refused !== undefined)
const good = rows.filter(({ refused }) => refused === undefined)

beforeAll(async () => {
  expect(await kubectl(['create', 'namespace', namespace])).toMatchObject({ code: 0 })
}, 30_000)

describe('the API server agrees with zod', () => {
  it('and takes every good manifest', { timeout: 60_000 }, async () => {
    const objects = good.map((row, index) => manifest(row, `good-${index}`))
    const { code, said } = await send(dryRun, ...objects)
    expect(
      said.split('\n').filter((line) => !line.endsWith('created (server dry run)') && line !== ''),
    ).toEqual([])
    expect(code).toBe(0)
  })

  it.concurrent.each(bad)(
    'and refuses, naming the field: $kind: $name',
    { timeout: 60_000 },
    async (row: Row) => {
      const { code, said } = await send(dryRun, manifest(row))
      expect(code).toBe(1)
      expect(said).toContain(row.refused?.at)
      expect(said).toContain(row.refused?.says ?? '')
    },
  )

  it('and drops a null, which zod would refuse', { timeout: 60_000 }, async () => {
    const spec = { name: 'nightly', description: null, tags: { team: null }, management: null }
    const { said } = await send([...dryRun, '--output=json'], manifest({ kind: 'JobSpec', spec }))
    expect(JSON.parse(said)).toMatchObject({ spec: { name: 'nightly', tags: {} } })
    expect(said).not.toContain('null')
  })
})

describe('an update', () => {
  it.concurrent.each(changes)(
    '$kind: $name',
    { timeout: 60_000 },
    async ({ kind, name, from, to, refused }) => {
      const called = `change-${name.replaceAll(' ', '-')}`
      expect(await send(['create'], manifest({ kind, spec: from }, called))).toMatchObject({ code: 0 })
      const { code, said } = await send(['replace', '--dry-run=server'], manifest({ kind, spec: to }, called))
      await kubectl(['delete', kind, called, '--wait=false'])
      expect(code, said).toBe(refused === undefined ? 0 : 1)
      expect(said).toContain(refused?.at ?? 'replaced')
      expect(said).toContain(refused?.says ?? '')
    },
  )
})
