import type { KubeObject, ObjectMeta, Resource } from '../../src/kube/object.ts'

/** A kind made up for tests. */
export type Widget = KubeObject<{ size: number }, { seen?: number }>

export const widgets: Resource = {
  group: 'test.lakeward.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
}

/** A widget `a/<name>` at a version, its spec never changed; the rest of its metadata as a test needs it. */
export function widget(name: string, version: number, metadata: Partial<ObjectMeta> = {}): Widget {
  return {
    apiVersion: 'test.lakeward.dev/v1',
    kind: 'Widget',
    metadata: {
      name,
      namespace: 'a',
      uid: `uid-of-${name}`,
      resourceVersion: String(version),
      generation: 1,
      ...metadata,
    },
    spec: { size: 1 },
  }
}
