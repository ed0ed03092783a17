import { checkEndpoint, type HostRules } from '../hosts.ts'
import type { Endpoints } from './discovery.ts'
import { noToken } from './no-token.ts'

const accountId = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/

/**
 * For whom a Kubernetes token is made that Databricks is to take: what the host names first, else its token
 * endpoint, as Databricks' own clients do. Nobody may choose: it has to be the id of an account, or an address
 * that we may call, so that no host can ask for a token that is good for something else.
 */
export function audienceOf({ audiences, tokenEndpoint }: Endpoints, rules: HostRules): string {
  const wanted = audiences[0] ?? tokenEndpoint
  if (accountId.test(wanted)) return wanted
  if (/^https?:\/\//i.test(wanted) && checkEndpoint(wanted, rules).is === 'Allowed') return wanted
  throw noToken({
    call: 'Kubernetes token',
    code: 'AUDIENCE_REFUSED',
    problem: `none is made for the audience ${JSON.stringify(wanted.slice(0, 200))} that the host asks for: it is neither an account id nor the address of an allowed host`,
  })
}
