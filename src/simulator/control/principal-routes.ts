import { z } from 'zod'
import type { Answer } from '../http/exchange.ts'
import type { Principal, PrincipalChange, Principals } from '../principals.ts'
import { done, missing, withBody, wrong, type ControlRoute } from './route.ts'

/** What somebody is to be. Of somebody who is there already only what is named changes. */
const principalSchema = z.strictObject({
  /** Needed for somebody new. */
  kind: z.enum(['user', 'servicePrincipal', 'group']).optional(),
  displayName: z.string().min(1).optional(),
  /** Names of all groups that it is a direct member of. */
  groups: z.array(z.string()).optional(),
  active: z.boolean().optional(),
  /** Only for somebody new; the account knows it unless told otherwise. */
  level: z.enum(['account', 'workspace']).optional(),
})

/** Groups that the platform cannot be without. */
const lasting: ReadonlySet<string> = new Set(['admins', 'users', 'account users'])

/** Who is in the workspace, whatever SCIM would say to it. */
export const principalRoutes = (principals: Principals): ControlRoute[] => [
  {
    method: 'GET',
    path: '/principals',
    handle: () =>
      done(
        (['user', 'servicePrincipal', 'group'] as const)
          .flatMap((kind) => principals.ofKind(kind))
          .map(({ identities: _identities, profile: _profile, ...shown }) => shown),
      ),
  },
  {
    method: 'PUT',
    path: '/principals/{name}',
    handle: withBody(principalSchema, (wanted, { parameters: { name = '' } }) =>
      put(principals, name, wanted),
    ),
  },
  {
    method: 'DELETE',
    path: '/principals/{name}',
    handle: ({ parameters: { name = '' } }) => {
      const principal = principals.named(name)
      if (principal === undefined) return missing('principal')
      if (lasting.has(principal.name)) return wrong(`The group ${principal.name} is always there`)
      principals.remove(principal.id)
      return done()
    },
  },
]

function put(
  principals: Principals,
  name: string,
  { kind, level, groups, ...wanted }: z.output<typeof principalSchema>,
): Answer {
  const known = principals.named(name)
  const groupIds = groups && idsOf(principals, groups, known)
  if (typeof groupIds === 'string') return wrong(groupIds)
  const change: PrincipalChange = Object.fromEntries(
    Object.entries({ ...wanted, groupIds }).filter(([, value]) => value !== undefined),
  )
  if (known === undefined) {
    if (kind === undefined) return wrong(`${name} is new, so its kind is needed`)
    principals.add({ displayName: name, ...change, kind, name, level: level ?? 'account' })
    return done()
  }
  if ((kind ?? known.kind) !== known.kind || (level ?? known.level) !== known.level) {
    return wrong(`${name} is a ${known.kind} of the ${known.level} and stays one`)
  }
  principals.change(known.id, change)
  return done()
}

/** The ids of groups; or what is wrong with being in them. */
function idsOf(
  principals: Principals,
  names: readonly string[],
  member: Principal | undefined,
): string[] | string {
  const ids: string[] = []
  for (const name of names) {
    const group = principals.named(name)
    if (group?.kind !== 'group') return `There is no group ${name}`
    if (member !== undefined && principals.isWithin(group.id, member.id)) {
      return `The group ${name} lies in ${member.name} itself`
    }
    ids.push(group.id)
  }
  return ids
}
