import { beforeEach, describe, expect, it } from 'vitest'
import { Directory, type Connection } from '../../../src/kinds/workspace/directory.ts'
import { aSession } from '../../reconcile/fixtures.ts'

const session = aSession()
const ready: Connection = { is: 'Ready', session, interval: 600_000 }
const away: Connection = { is: 'NotReady', reason: 'Unreachable', message: 'no answer' }

let directory: Directory
let woken: string[]

beforeEach(() => {
  directory = new Directory()
  woken = []
  directory.onChange((key) => woken.push(key))
})

describe('the directory of workspaces', () => {
  it('says of a workspace that nobody tried that it is unchecked', () => {
    expect(directory.get('data/default')).toEqual({ is: 'Unchecked' })
  })

  it('keeps workspaces apart', () => {
    directory.set('data/default', ready)
    expect(directory.get('data/default')).toBe(ready)
    expect(directory.get('data/other')).toEqual({ is: 'Unchecked' })
  })

  const changes: { it: string; before: Connection; after: Connection; isNews: boolean }[] = [
    { it: 'connected for the first time', before: { is: 'Unchecked' }, after: ready, isNews: true },
    { it: 'lost', before: ready, after: away, isNews: true },
    { it: 'connected again', before: away, after: ready, isNews: true },
    { it: 'connected as before', before: ready, after: { ...ready }, isNews: false },
    {
      it: 'connected as somebody else',
      before: ready,
      after: { ...ready, session: { ...session } },
      isNews: true,
    },
    {
      it: 'connected with another interval',
      before: ready,
      after: { ...ready, interval: 30_000 },
      isNews: true,
    },
    { it: 'away as before', before: away, after: { ...away }, isNews: false },
    {
      it: 'away for another reason',
      before: away,
      after: { ...away, reason: 'SecretMissing' },
      isNews: true,
    },
    { it: 'away with other words', before: away, after: { ...away, message: 'refused' }, isNews: true },
    {
      it: 'away, with the session that worked last',
      before: away,
      after: { ...away, session },
      isNews: false,
    },
  ]

  it.each(changes)(
    '$it: wakes who would decide differently, and nobody else',
    ({ before, after, isNews }) => {
      directory.set('data/default', before)
      woken.length = 0
      directory.set('data/default', after)
      expect(woken).toEqual(isNews ? ['data/default'] : [])
      expect(directory.get('data/default')).toBe(after)
    },
  )

  it('wakes whoever depends on a workspace that goes, once', () => {
    directory.set('data/default', ready)
    woken.length = 0
    directory.delete('data/default')
    directory.delete('data/default')
    expect(woken).toEqual(['data/default'])
    expect(directory.get('data/default')).toEqual({ is: 'Unchecked' })
  })
})
