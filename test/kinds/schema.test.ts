import { describe, expect, it } from 'vitest'

import { parseSpec } from '../../src/kinds/parse-spec.ts'
import { resources } from '../../src/kinds/resources.ts'
import { rows } from '../manifests/all.ts'
import type { Row } from '../manifests/row.ts'

function parse({ kind, spec }: Row) {
  const definition = resources.find((one) => one.kind === kind)
  if (definition === undefined) throw new Error(`no definition of ${kind}`)
  // What a client sends has no undefined members.
  return parseSpec(definition, JSON.parse(JSON.stringify(spec)))
}

describe('a good manifest is taken as it is', () => {
  it.each(rows.filter(({ refused }) => refused === undefined))('$kind: $name', (row) => {
    expect(parse(row)).toEqual({ is: 'Valid', spec: row.spec })
  })
})

describe('a bad manifest is refused, naming the field', () => {
  it.each(rows.filter(({ refused }) => refused !== undefined))('$kind: $name', (row) => {
    const { is, ...said } = parse(row)
    expect(is).toBe('Invalid')
    expect(said).toMatchObject({ path: row.refused?.at })
    expect(said).toMatchObject({ message: expect.stringContaining(row.refused?.says ?? '') })
  })
})

describe('a refusal', () => {
  const [workspace] = resources
  const refusal = (spec: unknown) => workspace && parseSpec(workspace, spec)

  it('says what is required', () => {
    expect(
      refusal({ credentials: { personalAccessToken: { secretKeyRef: { name: 'a', key: 'b' } } } }),
    ).toEqual({
      is: 'Invalid',
      path: 'spec.host',
      message: 'is required',
    })
  })

  it('counts what else is wrong', () => {
    expect(refusal({})).toMatchObject({ path: 'spec.host', message: 'is required (and 1 more)' })
  })

  it('of an object without a spec names the spec', () => {
    expect(refusal(undefined)).toEqual({ is: 'Invalid', path: 'spec', message: 'is required' })
  })

  it('never repeats what the manifest holds', () => {
    const secret = 'dapi0123456789abcdef'
    const told = JSON.stringify(refusal({ host: ` ${secret}`, credentials: secret, interval: secret }))
    expect(told).not.toContain(secret)
  })
})
