import { describe, expect, it } from 'vitest'
import { surroundings } from '../../reconcile/surroundings.ts'
import { Lives, type Act, type Trouble, type Turn } from './lives.ts'

const apply = (name: string, ...privileges: string[]): Act => ({ is: 'apply', name, privileges })
const suspend = (name: string): Act => ({ is: 'treat', name, how: { management: { suspend: true } } })
const remove = (name: string): Act => ({ is: 'delete', name })
const pass = (...names: string[]): Act[] => names.map((name) => ({ is: 'pass', name }))

interface Story {
  what: string
  /** Held before us, by somebody else's will. */
  holds: string[]
  acts: Act[]
}

const stories: Story[] = [
  {
    what: 'three manifests share a privilege and are deleted one after the other',
    holds: [],
    acts: [
      apply('a', 'SELECT', 'MODIFY'),
      apply('b', 'SELECT'),
      apply('c', 'SELECT'),
      ...pass('a', 'b', 'c'),
      remove('a'),
      ...pass('a'),
      remove('b'),
      ...pass('b'),
    ],
  },
  {
    what: 'a privilege leaves both manifests, and comes back',
    holds: [],
    acts: [
      apply('a', 'SELECT', 'MODIFY'),
      apply('b', 'SELECT'),
      ...pass('a', 'b'),
      apply('a', 'MODIFY'),
      ...pass('a', 'b'),
      apply('b', 'EXECUTE'),
      ...pass('b', 'a'),
      apply('a', 'SELECT'),
      ...pass('a'),
    ],
  },
  {
    what: 'a privilege was there before both',
    holds: ['SELECT'],
    acts: [
      apply('a', 'SELECT', 'MODIFY'),
      apply('b', 'SELECT', 'MODIFY'),
      ...pass('a', 'b'),
      remove('a'),
      ...pass('a', 'b'),
    ],
  },
  {
    what: 'a manifest is deleted before it comes to rest, and another one wants the same',
    holds: [],
    acts: [
      apply('a', 'SELECT'),
      ...pass('a'),
      remove('a'),
      apply('b', 'SELECT'),
      ...pass('b', 'a'),
      remove('b'),
      apply('c', 'MODIFY'),
      ...pass('c', 'b'),
    ],
  },
  {
    what: 'everything was given, and others want a part of it',
    holds: [],
    acts: [
      apply('a', 'ALL_PRIVILEGES'),
      apply('b', 'SELECT'),
      apply('c', 'SELECT'),
      ...pass('a', 'b', 'c'),
      apply('a', 'MODIFY'),
      ...pass('a', 'b'),
      apply('c', 'ALL_PRIVILEGES'),
      ...pass('c'),
      remove('c'),
      ...pass('c', 'a', 'b'),
    ],
  },
  {
    what: 'the one that was handed a privilege is suspended and deleted, and another one wants it',
    holds: [],
    acts: [
      apply('a', 'SELECT', 'MODIFY'),
      apply('b', 'SELECT'),
      apply('c', 'SELECT'),
      ...pass('a', 'b', 'c'),
      remove('a'),
      ...pass('a'),
      suspend('b'),
      // Whoever was never looked at is nobody's heir.
      ...pass('b', 'c'),
      remove('b'),
      ...pass('b'),
    ],
  },
]

const isWrite = (request: string | undefined): boolean => request === 'PATCH databricks'

/** What may happen to a request of either side. */
const troubles = (request: string | undefined): Trouble[] => [
  { is: 'Killed' },
  { is: 'Meanwhile' },
  ...(isWrite(request)
    ? [
        { is: 'Refused' } as const,
        ...[0, 2, 4].map((passes) => ({ is: 'KilledLate', passes }) as const),
        ...[0, 3].map((passes) => ({ is: 'Unanswered', passes }) as const),
      ]
    : []),
]

/** What people do at that moment, and who is looked at then. */
const interruptions: Act[][] = [
  [remove('a'), ...pass('a', 'b')],
  [remove('b'), ...pass('b', 'a')],
  [apply('a', 'MODIFY'), ...pass('b', 'a')],
]

/** Every request of a story with all that may happen to it, by itself and with one interruption, each in its turn. */
const turnsOf = (requests: readonly string[]): Turn[] =>
  requests
    .flatMap((request, at) => troubles(request).map((trouble) => ({ at, trouble })))
    .flatMap((turn, index) => [turn, { ...turn, acts: interruptions[index % interruptions.length] ?? [] }])

/** Plays a story to its end in Databricks; what is wrong with it. */
async function wrongWith(lives: Lives, { acts, holds }: Story, turn?: Turn): Promise<string[]> {
  await lives.play(acts, turn)
  const { wanted } = lives
  const isAll = lives.holds.includes('ALL_PRIVILEGES')
  const wrong = [
    ...wanted.filter((one) => !isAll && !lives.holds.includes(one)).map((one) => `not granted: ${one}`),
    ...lives.holds
      .filter((one) => !wanted.includes(one) && !holds.includes(one))
      .map((one) => `nobody wants ${one}`),
  ]
  await lives.end()
  return [
    ...wrong,
    ...lives.holds.filter((one) => !holds.includes(one)).map((one) => `left behind: ${one}`),
    ...holds.filter((one) => !lives.holds.includes(one)).map((one) => `taken, and not ours: ${one}`),
    ...lives.names.map((name) => `not gone: ${name}`),
  ]
}

const textOf = ({ at, trouble, acts = [] }: Turn, request: string | undefined): string =>
  `${at} ${request ?? ''}, ${Object.values(trouble).join(' ')}, ${acts.map((act) => Object.values(act).join(' ')).join('; ')}`

describe('a privilege that several manifests share', () => {
  it.each(stories)(
    'is there as long as somebody wants it and goes with the last, whatever happens to any request: $what',
    { timeout: 180_000 },
    async (story) => {
      const around = await surroundings()
      let run = 0
      const lives = () => new Lives(around, (run += 1), story.holds)
      const quiet = lives()
      expect(await wrongWith(quiet, story)).toEqual([])
      const problems: string[] = []
      for (const turn of turnsOf(quiet.told)) {
        const wrong = await wrongWith(lives(), story, turn)
        if (wrong.length > 0) problems.push(`${textOf(turn, quiet.told[turn.at])}: ${wrong.join(', ')}`)
      }
      expect(problems).toEqual([])
    },
  )
})

describe('everything that ALL_PRIVILEGES includes, given one by one', () => {
  it('is not taken for it when the manifest asks for that, and goes with the manifest', async () => {
    const around = await surroundings()
    const each = [
      'APPLY_TAG',
      'CREATE_FUNCTION',
      'CREATE_TABLE',
      'CREATE_VOLUME',
      'EXECUTE',
      'MODIFY',
      'READ_VOLUME',
      'SELECT',
      'USE_SCHEMA',
      'WRITE_VOLUME',
    ]
    const lives = new Lives(around, 1, [])
    await lives.play([apply('a', ...each), ...pass('a'), apply('a', 'ALL_PRIVILEGES'), ...pass('a')])
    expect(lives.holds).toContain('ALL_PRIVILEGES')
    await lives.end()
    expect(lives.holds).toEqual([])
  })
})

/** Where in a story a write to Databricks is, the last of them. */
const lastWrite = (requests: readonly string[]): number => requests.lastIndexOf('PATCH databricks')

describe('a privilege that is taken away', () => {
  it.each<[string, Act[]]>([
    ['with its manifest', [remove('a'), ...pass('a')]],
    ['because it left its manifest', [apply('a', 'MODIFY'), ...pass('a')]],
  ])('%s is seen at once to be gone by whoever came to want it meanwhile', async (_how, ends) => {
    const around = await surroundings()
    const acts = [apply('a', 'SELECT', 'MODIFY'), ...pass('a'), ...ends]
    const quiet = new Lives(around, 1, [])
    await quiet.play(acts)
    expect(quiet.woken).toEqual([])
    const lives = new Lives(around, 2, [])
    const at = lastWrite(quiet.told)
    await lives.play(acts, {
      at,
      trouble: { is: 'Meanwhile' },
      acts: [apply('b', 'SELECT'), ...pass('b')],
    })
    expect(lives.woken).toEqual(['data/b-2-2'])
  })
})
