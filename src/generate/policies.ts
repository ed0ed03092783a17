import { resources } from '../kinds/resources.ts'
import { annotations, finalizer } from '../reconcile/annotations.ts'
import { either, isProtected, joined, metadata, text } from './cel.ts'

/** A sentence in CEL, the language of Kubernetes' rules, and why it is there. */
interface Expression {
  readonly expression: string
  readonly why: string
}

/** One that others can name. */
export interface Named extends Expression {
  readonly name: string
}

/** What has to hold, and what is said to whoever is refused because it does not. */
interface Validation extends Expression {
  /** In CEL, too. It says what, where, and what to do. */
  readonly says: string
}

/** What the API server refuses for us, whatever a role allows: no role can look into an object. */
export interface Policy {
  /** What it is called after `lakeward-`, its file, and the value of the chart that turns it off. */
  readonly name: string
  readonly description: string
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[]
  readonly resources: readonly string[]
  /** It is asked only where all of these hold. */
  readonly conditions: readonly Named[]
  /** Words for the rules; each may use those before it. */
  readonly variables: readonly Named[]
  readonly validations: readonly Validation[]
}

/** The verb is not one of Kubernetes': a role gives it, and nobody but this policy asks for it. */
const mayApprove = "authorizer.requestResource.check('approve').allowed()"
const mayUpdate = "authorizer.requestResource.check('update').allowed()"

const where = (object: string): Named => ({
  name: 'where',
  expression: joined(
    'request.kind.kind',
    text(' '),
    'request.namespace',
    text('/'),
    `${object}.metadata.name`,
  ),
  why: 'what messages begin with',
})

/** Whether the annotations of the one are others in the other, but for those that approve. */
const differ = (one: string, other: string): string =>
  `variables.${one}.exists(name, !(name in variables.approvals) && (!(name in variables.${other}) || variables.${other}[name] != variables.${one}[name]))`

const inBoth = (of: (object: string) => string): string => `${of('object')} != ${of('oldObject')}`
const otherFinalizers = (object: string): string =>
  `${metadata(object, 'finalizers', '[]')}.filter(name, name != ${text(finalizer)})`

const approvalWords: readonly Named[] = [
  where('object'),
  {
    name: 'approvals',
    expression: `[${[annotations.approve, annotations.approveDeletions].map(text).join(', ')}]`,
    why: 'the annotations that approve',
  },
  {
    name: 'after',
    expression: metadata('object', 'annotations', '{}'),
    why: 'the annotations there will be',
  },
  {
    name: 'before',
    expression: `oldObject == null ? {} : ${metadata('oldObject', 'annotations', '{}')}`,
    why: 'the annotations there are',
  },
  {
    name: 'given',
    expression:
      'variables.approvals.filter(name, name in variables.after && (!(name in variables.before) || variables.before[name] != variables.after[name]))',
    why: 'to take one away approves nothing, and nor does an apply that leaves it as it is',
  },
  {
    name: 'released',
    expression: `oldObject != null && has(oldObject.metadata.deletionTimestamp) && ${isProtected('oldObject')} && !(${isProtected('object')})`,
    why: 'once an object is being deleted, its protection is what still holds the remote one',
  },
  {
    name: 'annotated',
    expression: either(differ('after', 'before'), differ('before', 'after')),
    why: 'any other annotation',
  },
  {
    name: 'rewritten',
    expression: `oldObject != null && (${either(
      'object.metadata.generation != oldObject.metadata.generation',
      inBoth((object) => metadata(object, 'labels', '{}')),
      inBoth((object) => metadata(object, 'ownerReferences', '[]')),
      inBoth(otherFinalizers),
      'variables.annotated',
    )})`,
    why: 'the generation counts what changes outside of metadata and status; our own finalizer is what the operator patches',
  },
  {
    name: 'missing',
    expression: joined(
      text('the verb approve on '),
      'request.resource.resource',
      text('.lakeward.dev in namespace '),
      'request.namespace',
      text(', which '),
      'request.userInfo.username',
      text(' does not have and the ClusterRole lakeward-approve gives'),
    ),
    why: 'the end of two messages',
  },
]

const approval: Policy = {
  name: 'approval',
  description:
    'What is held is let go only by who may approve it. Who may patch an object and not update it changes nothing of it but that.',
  operations: ['CREATE', 'UPDATE'],
  resources: resources.map(({ plural }) => plural),
  conditions: [],
  variables: approvalWords,
  validations: [
    {
      expression: either('size(variables.given) == 0', mayApprove),
      why: 'at a create too: what stands there is an approval as soon as something is held',
      says: joined(
        'variables.where',
        text(': to set '),
        `variables.given.join(${text(' and ')})`,
        text(' takes '),
        'variables.missing',
        text('. Leave it out, or ask somebody who may.'),
      ),
    },
    {
      expression: either('!variables.released', mayApprove),
      why: 'or whoever may edit would approve in this way',
      says: joined(
        'variables.where',
        text(
          ' is being deleted, so that to take its spec.management.protect away is to approve that. It takes ',
        ),
        'variables.missing',
        text(`. To leave the remote side as it is, annotate it with ${annotations.abandon}=true.`),
      ),
    },
    {
      expression: either('!variables.rewritten', mayUpdate),
      why: 'annotations are set by patch, and RBAC has no patch that is for annotations only',
      says: joined(
        'variables.where',
        text(': '),
        'request.userInfo.username',
        text(' may patch '),
        'request.resource.resource',
        text(
          '.lakeward.dev and not update them, and so may approve and change nothing else. To write manifests takes both verbs, which the ClusterRoles lakeward-edit and lakeward-admin give.',
        ),
      ),
    },
  ],
}

const protect: Policy = {
  name: 'protect',
  description: 'What spec.management.protect protects is not deleted.',
  operations: ['DELETE'],
  // A DatabricksWorkspace stands for nothing that Lakeward would delete.
  resources: resources.filter(({ kind }) => kind !== 'DatabricksWorkspace').map(({ plural }) => plural),
  conditions: [
    { name: 'is-protected', expression: isProtected('oldObject'), why: 'by the manifest as it is stored' },
    {
      name: 'is-not-being-deleted',
      expression: '!has(oldObject.metadata.deletionTimestamp)',
      why: 'to delete it again changes nothing, and a refusal would say that it could be kept',
    },
  ],
  variables: [where('oldObject')],
  validations: [
    {
      expression: 'has(namespaceObject.metadata.deletionTimestamp)',
      why: 'a namespace that is being deleted never ends while something in it refuses to; the operator goes on holding the remote object',
      says: joined(
        'variables.where',
        text(
          ' is protected by spec.management.protect. If it has to go, set that to false first, in Git if it comes from there: kubectl patch ',
        ),
        'request.resource.resource',
        text(' '),
        'oldObject.metadata.name',
        text(' -n '),
        'request.namespace',
        text(` --type=merge -p '{"spec":{"management":{"protect":false}}}'`),
      ),
    },
  ],
}

/** Every policy there is: the one table. */
export const policies: readonly Policy[] = [approval, protect]
