import type { Clock } from '../../clock.ts'
import { Random } from '../random.ts'
import type { Workspace } from '../workspace.ts'
import { AccessTokens } from './access-tokens.ts'
import { Admission } from './admission.ts'
import { Callers } from './callers.ts'
import { Clients } from './clients.ts'
import { Discovery, type DiscoveryOverrides } from './discovery.ts'
import { AuthDoor } from './door.ts'
import { EntraEndpoint } from './entra-endpoint.ts'
import { Entra, type EntraOptions } from './entra.ts'
import { Federation, type FederationPolicy } from './federation.ts'
import { GoogleTokens, type GoogleOptions } from './google.ts'
import { KeySets } from './key-sets.ts'
import { PersonalTokens } from './personal-tokens.ts'
import { SubjectTokens } from './subject-token.ts'
import { TokenEndpoint } from './token-endpoint.ts'
import type { TokenLife } from './token-life.ts'

/** Who can call the workspace, and with what; everything has a default. */
export interface AuthOptions {
  /** Personal access token → e-mail or application id. A name that the content does not have becomes an administrator. */
  readonly tokens?: Readonly<Record<string, string>>
  /** Application id → client secret, or several. Again an unknown name becomes an administrator. */
  readonly clients?: Readonly<Record<string, string | readonly string[]>>
  readonly federationPolicies?: readonly FederationPolicy[]
  readonly entra?: EntraOptions
  readonly google?: GoogleOptions
  /** Life of access tokens in seconds of `clock`; an hour unless told otherwise. */
  readonly tokenSeconds?: number
  /** The account's id, the usual audience of tokens to be exchanged. */
  readonly accountId?: string
  /** What the public documents say otherwise than usual. */
  readonly discovery?: DiscoveryOverrides
}

/** Everything about credentials. */
export interface Auth {
  readonly personal: PersonalTokens
  readonly clients: Clients
  readonly federation: Federation
  readonly entra: Entra
  readonly issued: AccessTokens
  readonly life: TokenLife
  readonly discovery: Discovery
  readonly admission: Admission
  readonly callers: Callers
  readonly door: AuthDoor
}

/** Account of the workspaces for which none is named. */
const usualAccountId = '0f1e2d3c-4b5a-4697-8877-66554433aa22'

/** Puts together who can call and how. `seed` is for the ids in refusals. */
export function createAuth(
  { workspace, clock, seed }: { workspace: Workspace; clock: Clock; seed: number },
  options: AuthOptions,
): Auth {
  const { principals, switches, id: workspaceId } = workspace
  const { accountId = usualAccountId, tokenSeconds = 3600 } = options
  // Chance of its own: a token that is renewed in the background must not move the ids of jobs.
  const random = new Random(seed + 1)
  const life = { seconds: tokenSeconds }
  const issued = new AccessTokens(clock)
  const subjects = new SubjectTokens(clock, new KeySets(), switches.subjectTokenAlgorithms)
  const federation = new Federation(accountId, subjects)
  federation.set(options.federationPolicies ?? [])
  const personal = new PersonalTokens(clock)
  const clients = new Clients()
  for (const [token, name] of Object.entries(options.tokens ?? {})) {
    personal.set(token, principals.namedOrNewAdmin(name).name)
  }
  for (const [id, secrets] of Object.entries(options.clients ?? {})) {
    clients.set(principals.namedOrNewAdmin(id).name, [secrets].flat())
  }
  const entra = new Entra(options.entra ?? {})
  const google = new GoogleTokens(subjects, options.google)
  const discovery = new Discovery({ workspaceId, accountId, cloud: switches.cloud }, options.discovery ?? {})
  const common = { clock, random, switches, workspaceId, principals, life }
  const tokens = new TokenEndpoint({ ...common, clients, federation, tokens: issued })
  const entraTokens = new EntraEndpoint({ ...common, entra, subjects, tokens: issued })
  return {
    personal,
    clients,
    federation,
    entra,
    issued,
    life,
    discovery,
    admission: new Admission(workspaceId),
    callers: new Callers({ ...common, personal, issued, entra, google }),
    door: new AuthDoor({ discovery, tokens, entra, entraTokens }),
  }
}
