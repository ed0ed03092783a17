import { invalidParameter, permissionDenied, Refusal } from '../http/refusal.ts'
import { isOne } from '../libraries/library.ts'
import type { Parts } from '../parts.ts'
import { isAdmin, type Principal } from '../principals.ts'
import { snapshotOfRecords, type Restore } from '../snapshot.ts'
import { isJson } from './definition.ts'
import { familyWithId, policyFamilies } from './families.ts'
import type { Policy, PolicySettings } from './policy.ts'

const longestName = 100
const mostLibraries = 500

/** The cluster policies of the workspace. */
export class Policies {
  readonly #parts: Parts
  readonly #policies = new Map<string, Policy>()

  constructor(parts: Parts) {
    this.#parts = parts
    for (const { name, policy_family_id, defaultPolicyId } of policyFamilies) {
      this.#add({ id: defaultPolicyId, creator: undefined, settings: { name, policy_family_id } })
    }
  }

  /** Makes a policy. */
  create(settings: PolicySettings, by: Principal): Policy | Refusal {
    const refusal =
      refuseNonAdmin(by) ?? checkSettings(settings) ?? this.#refuseName(settings.name, undefined)
    return refusal ?? this.#add({ id: this.#newId(), creator: by.name, settings })
  }

  /** Puts new settings in the place of the old ones. Clusters stay as they are, complying or not. */
  edit(policy: Policy, settings: PolicySettings): Refusal | undefined {
    const changesFamily = settings.policy_family_id !== policy.settings.policy_family_id
    if (policy.creator === undefined && changesFamily) {
      return invalidParameter(
        'Changing policy_family_id is forbidden for default cluster policies. Clone this policy to change the policy family.',
      )
    }
    const refusal = checkSettings(settings) ?? this.#refuseName(settings.name, policy)
    if (refusal === undefined) policy.settings = settings
    return refusal
  }

  /** Forgets a policy. Its clusters go on, but cannot be edited until they name another one. */
  delete({ id, creator }: Policy): Refusal | undefined {
    if (creator === undefined) return invalidParameter('Default cluster policies cannot be deleted.')
    this.#policies.delete(id)
    this.#parts.permissions.forget(`/cluster-policies/${id}`)
    return undefined
  }

  /** A policy, for somebody who may do this with it. Only administrators manage policies. */
  open({ id, caller, right }: { id: string; caller: Principal; right: 'use' | 'manage' }): Policy | Refusal {
    const policy = this.#policies.get(id)
    if (policy === undefined) {
      return new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', {
        message: `Can't find a cluster policy with id: ${id}.`,
      })
    }
    if (right === 'manage') return refuseNonAdmin(caller) ?? policy
    return this.#isUsableBy(caller, policy)
      ? policy
      : permissionDenied(`User ${caller.name} is not authorized to use cluster policy ${id}`)
  }

  /** The policy with this id, whoever asks. */
  find(id: string): Policy | undefined {
    return this.#policies.get(id)
  }

  /** The policies that the caller can use, the oldest first. */
  visibleTo(caller: Principal): Policy[] {
    return [...this.#policies.values()].filter((policy) => this.#isUsableBy(caller, policy))
  }

  snapshot(): Restore {
    return snapshotOfRecords(this.#policies)
  }

  #isUsableBy(caller: Principal, { id }: Policy): boolean {
    return this.#parts.permissions.allows(caller, `/cluster-policies/${id}`, ['CAN_USE'])
  }

  #add(policy: Pick<Policy, 'id' | 'creator' | 'settings'>): Policy {
    const added = { ...policy, createdAt: this.#parts.clock.now() }
    this.#policies.set(added.id, added)
    this.#parts.permissions.set(`/cluster-policies/${added.id}`, [])
    return added
  }

  #refuseName(name: string, own: Policy | undefined): Refusal | undefined {
    const isTaken = this.#policies.values().some((other) => other !== own && other.settings.name === name)
    if (!isTaken) return undefined
    const code = this.#parts.switches.takenNameCode
    return new Refusal(400, code, { message: `Cluster Policy with name \`${name}\` already exists` })
  }

  #newId(): string {
    const digits = this.#parts.random.uuid().replaceAll('-', '')
    return digits.slice(0, 16).toUpperCase()
  }
}

const refuseNonAdmin = (caller: Principal): Refusal | undefined =>
  isAdmin(caller)
    ? undefined
    : permissionDenied('Only administrators can create, edit and delete cluster policies.')

function checkSettings(settings: PolicySettings): Refusal | undefined {
  const {
    name,
    definition,
    policy_family_id,
    policy_family_definition_overrides: overrides,
    libraries = [],
  } = settings
  if (name.length < 1 || name.length > longestName)
    return invalidParameter(`The name of a cluster policy has 1 to ${longestName} characters.`)
  if (definition !== undefined && policy_family_id !== undefined)
    return invalidParameter('definition cannot be used with policy_family_id.')
  if (overrides !== undefined && policy_family_id === undefined)
    return invalidParameter('policy_family_definition_overrides needs a policy_family_id.')
  if (policy_family_id !== undefined && familyWithId(policy_family_id) === undefined)
    return invalidParameter(`Can't find a policy family with id: ${policy_family_id}.`)
  if (!isJson(definition ?? '{}') || !isJson(overrides ?? '{}'))
    return invalidParameter('The definition of a cluster policy must be a JSON document in a text.')
  if (libraries.length > mostLibraries || !libraries.every(isOne))
    return invalidParameter(
      `A cluster policy has at most ${mostLibraries} libraries, each of exactly one kind.`,
    )
  return undefined
}
