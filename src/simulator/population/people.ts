import type { Principal, Principals } from '../principals.ts'
import type { Random } from '../random.ts'

const teams = ['finance', 'marketing', 'logistics', 'risk', 'platform', 'product'] as const

/** A part of the company that has data of its own. */
export type Team = (typeof teams)[number]

const firstNames = [
  'amara',
  'boris',
  'chen',
  'dilek',
  'emeka',
  'fatima',
  'goran',
  'hana',
  'ivo',
  'jelena',
  'kofi',
  'lena',
]
const lastNames = ['adler', 'baros', 'castro', 'duarte', 'ekman', 'fischer']

/** Who works here: per team four people and a service principal. */
export type Staff = readonly { readonly team: Team; readonly members: readonly Principal[] }[]

/** Adds the people of a company of six teams. */
export function hire(principals: Principals, random: Random): Staff {
  const names = lastNames.flatMap((last) => firstNames.map((first) => `${first}.${last}`))
  const waiting = random.shuffled(names)
  return teams.map((team) => {
    const group = principals.add({
      kind: 'group',
      name: `team-${team}`,
      displayName: `team-${team}`,
      level: 'account',
    })
    const about = { level: 'account', groupIds: [group.id] } as const
    const people = waiting
      .splice(0, 4)
      .map((name) =>
        principals.add({ kind: 'user', name: `${name}@example.com`, displayName: name, ...about }),
      )
    const robot = { kind: 'servicePrincipal', name: random.uuid(), displayName: `${team}-deploy` } as const
    return { team, members: [...people, principals.add({ ...robot, ...about })] }
  })
}
