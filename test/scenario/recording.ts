import { fileURLToPath } from 'node:url'
import type { ClockOrder } from '../movable-clock.ts'
import { inWorld } from './in-world.ts'
import { Transcript } from './transcript.ts'
import { until } from './until.ts'
import type { World, WorldOptions } from './world.ts'

const program = fileURLToPath(new URL('movable-operator.ts', import.meta.url))

/**
 * Tests that bring about states and record how they look, with an operator whose clock can be moved. The namespace has
 * to be as long as the one that pages show: kubectl breaks lines where they are too long.
 */
export const recordingIn = (namespace: `${string}-${number}`, options: WorldOptions = {}) =>
  inWorld({ ...options, namespace, program }).extend('transcript', { scope: 'file' }, ({ world }) =>
    Promise.resolve(new Transcript(world)),
  )

/** What Ready says of several objects, as a table. */
export const messages = `-o custom-columns='NAME:.metadata.name,MESSAGE:.status.conditions[?(@.type=="Ready")].message'`

/** Moves the operator's clock. */
export const move = ({ operator }: World, order: ClockOrder): Promise<void> => operator.order(order)

const kinds = ['JobSpec', 'DatabricksCluster', 'CatalogGrant', 'DatabricksWorkspace']

/** Waits until an event about one of the objects begins like this. */
export const told = ({ kubernetes }: World, name: string, beginning: string) =>
  until(`${beginning} is told of ${name}`, () =>
    kinds
      .flatMap((kind) => kubernetes.seen.events(kind, name))
      .some((event) => event.startsWith(`${beginning}: `)),
  )
