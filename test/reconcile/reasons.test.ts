import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { reasons, type Reason } from '../../src/reconcile/reasons.ts'
import { withRemedy, withRemedyFor } from '../../src/reconcile/with-remedy.ts'

const root = new URL('../../', import.meta.url)

/** The source of everything that may give a reason to a condition or an event, the list itself aside. */
const sources = globSync('src/{reconcile,kinds,operator}/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('reasons.ts'))
  .map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }))

/** `reason: 'Word'`: the form in which a reason stands where no type checks it. */
const given = sources.flatMap(({ file, text }) =>
  [...text.matchAll(/\breason: '([A-Z][A-Za-z]*)'/g)].map(([, reason = '']) => ({ file, reason })),
)

const all = Object.entries(reasons)

describe('the reasons', () => {
  it('were looked for where they are used', () => {
    expect(sources.length).toBeGreaterThan(40)
    expect(given.length).toBeGreaterThan(20)
  })

  it('are listed, every one that is given anywhere', () => {
    expect(given.filter(({ reason }) => !Object.hasOwn(reasons, reason))).toEqual([])
  })

  it('are given somewhere, every one that is listed', () => {
    const unused = Object.keys(reasons).filter(
      (reason) => !sources.some(({ text }) => text.includes(`'${reason}'`)),
    )
    expect(unused).toEqual([])
  })

  it.each(all)(
    '%s is a word that Kubernetes takes, with a meaning and a remedy as sentences',
    (reason, text) => {
      expect(reason).toMatch(/^[A-Z][A-Za-z]{0,255}$/)
      for (const sentence of [text.meaning, text.remedy]) expect(sentence).toMatch(/^[A-Z].*\.$/)
      expect(withRemedy('Invalid access token.', reason as Reason)).toBe(
        `Invalid access token. ${text.remedy}`,
      )
    },
  )

  it('have a command about the object itself as it can be typed', () => {
    const object = { kind: 'JobSpec', metadata: { name: 'newer', namespace: 'data' } }
    expect(withRemedyFor(object, 'status.origin: is unknown', 'StatusUnreadable')).toContain(
      'kubectl edit jobspec newer -n data --subresource=status.',
    )
  })
})
