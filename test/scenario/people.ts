import { inWorld } from './in-world.ts'
import type { Kubernetes, Manifest } from './kubernetes.ts'
import { job } from './manifests.ts'
import { until } from './until.ts'
import type { WorldOptions } from './world.ts'

/** Somebody who is not the administrator: what kubectl answers him. */
export class Person {
  /** As Kubernetes knows him. */
  readonly name: string
  readonly #kubernetes: Kubernetes

  constructor(kubernetes: Kubernetes, name: string) {
    this.#kubernetes = kubernetes
    this.name = name
  }

  /** A new one with these ClusterRoles in the namespace. */
  static async with(kubernetes: Kubernetes, name: string, ...roles: string[]): Promise<Person> {
    const [isAccount, account] = [name.startsWith(accounts), name.slice(accounts.length)]
    const subject = isAccount ? `--serviceaccount=${account}` : `--user=${name}`
    for (const role of roles) {
      const binding = ['create', 'rolebinding', `${name.replaceAll(':', '-')}-${role}`]
      await kubernetes.kubectl([...binding, `--clusterrole=${role}`, subject])
    }
    return new Person(kubernetes, name)
  }

  /** What he is told, in one line; `done` if it worked. */
  async types(args: readonly string[], ...manifests: object[]): Promise<string> {
    const input = manifests.map((manifest) => JSON.stringify(manifest)).join('\n')
    const { code, stderr } = await this.#kubernetes.tryKubectl([`--as=${this.name}`, ...args], input)
    return code === 0 ? 'done' : stderr.trim()
  }
}

const accounts = 'system:serviceaccount:'

/** A manifest that comes with an approval. */
export const approved = <M extends Manifest>(manifest: M): M => ({
  ...manifest,
  metadata: { ...manifest.metadata, annotations: { 'lakeward.dev/approve': 'b48c3a658d' } },
})

/**
 * Tests in a world with people: Vera views, Eddie edits, Adam administrates, April approves, Lea does what Eddie and
 * April do, and a program syncs with what an editor may. The operator is one of them.
 */
export const withPeople = (options: WorldOptions = {}) =>
  inWorld(options).extend('people', { scope: 'file' }, async ({ world: { kubernetes, namespace } }) => {
    const person = (name: string, ...roles: string[]) =>
      Person.with(kubernetes, name, ...roles.map((role) => `lakeward-${role}`))
    const people = {
      vera: await person('vera', 'view'),
      eddie: await person('eddie', 'edit'),
      adam: await person('adam', 'admin'),
      april: await person('april', 'approve'),
      lea: await person('lea', 'edit', 'approve'),
      sync: await person(`${accounts}${namespace}:sync`, 'edit'),
      operator: await person(`${accounts}${namespace}:lakeward-operator`),
    }
    const probe = ['create', '--dry-run=server', '-f', '-']
    // A server takes a moment to read a policy.
    await until('the policies are in force', async () =>
      (await people.eddie.types(probe, approved(job('probe')))).includes("'lakeward-approval'"),
    )
    return people
  })
