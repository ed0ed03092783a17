import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { readSecretKey } from '../../src/kube/secrets.ts'
import { ManualClock } from '../manual-clock.ts'
import { FakeApi, type Exchange } from './fake-api.ts'

let api: FakeApi
let client: KubeClient

beforeEach(async () => {
  api = await FakeApi.start()
  client = new KubeClient({ access: api.access, clock: new ManualClock(), random: () => 1 })
})

afterEach(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

/** Reads a key of Secret a/databricks while the test answers. */
async function read(answer: (call: Exchange) => void, key = 'token') {
  const result = readSecretKey(client, { namespace: 'a', name: 'databricks', key })
  const call = await api.next()
  expect([call.method, call.path]).toEqual(['GET', '/api/v1/namespaces/a/secrets/databricks'])
  answer(call)
  return result
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a key of a Secret', () => {
  it.each([
    ['dapi-1', 'dapi-1'],
    ['dapi-1\n', 'dapi-1'],
    ['dapi-1\r\n', 'dapi-1'],
    ['dapi-1\n\n', 'dapi-1\n'],
    [' dapi-1 ', ' dapi-1 '],
    ['', ''],
  ])('that holds %j is %j', async (stored, value) => {
    const found = await read((call) => call.json({ data: { token: base64(stored) } }))
    expect(found).toEqual({ is: 'Found', value })
  })

  it('is missing with its Secret', async () => {
    expect(await read((call) => call.refuse(404, 'NotFound'))).toEqual({ is: 'SecretMissing' })
  })

  it('is missing with the names of those that are there, never with their values', async () => {
    const found = await read((call) => call.json({ data: { user: base64('u'), password: base64('p') } }))
    expect(found).toEqual({ is: 'KeyMissing', keys: ['password', 'user'] })
  })

  it('is missing in a Secret without data', async () => {
    expect(await read((call) => call.json({}))).toEqual({ is: 'KeyMissing', keys: [] })
  })

  it.each(['constructor', '__proto__'])(
    'is missing also where every object has something called %s',
    async (key) => {
      const found = await read((call) => call.json({ data: { user: base64('u') } }), key)
      expect(found).toEqual({ is: 'KeyMissing', keys: ['user'] })
    },
  )

  it('may be out of our reach', async () => {
    const found = await read((call) => call.refuse(403, 'Forbidden'))
    expect(found).toMatchObject({
      is: 'Forbidden',
      message: expect.stringContaining('it is Forbidden') as string,
    })
  })

  it('cannot be judged when the server fails', async () => {
    await expect(read((call) => call.refuse(400, 'BadRequest'))).rejects.toMatchObject({ status: 400 })
  })
})
