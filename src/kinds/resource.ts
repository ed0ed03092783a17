import type { z } from 'zod'

import type { CelRule } from './rule.ts'

/** One column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** Shown only with `-o wide`. */
  readonly wide?: true
}

/** Everything Kubernetes knows about one of our kinds; crds/ is generated from it. */
export interface ResourceDefinition<
  Spec extends z.ZodObject = z.ZodObject,
  Status extends z.ZodObject = z.ZodObject,
> {
  readonly group: 'lakeward.dev'
  readonly version: 'v1beta1'
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  /** What `kubectl explain KIND` opens with. */
  readonly description: string
  readonly spec: Spec
  readonly status: Status
  /** Rules on the whole object: `self.spec…`, and `oldSelf.spec…` for what may not change. */
  readonly rules: readonly CelRule[]
  readonly columns: readonly PrinterColumn[]
}

type OwnParts<Spec extends z.ZodObject, Status extends z.ZodObject> = Omit<
  ResourceDefinition<Spec, Status>,
  'group' | 'version' | 'singular'
>

/** Defines one of our kinds in the group and version that all of them share. */
export function defineResource<Spec extends z.ZodObject, Status extends z.ZodObject>(
  parts: OwnParts<Spec, Status>,
): ResourceDefinition<Spec, Status> {
  return { group: 'lakeward.dev', version: 'v1beta1', singular: parts.kind.toLowerCase(), ...parts }
}

/** The `apiVersion` of an object of this kind. */
export const apiVersionOf = ({ group, version }: ResourceDefinition): string => `${group}/${version}`
