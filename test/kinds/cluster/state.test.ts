import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/databricks/json.ts'
import { busyIn, healthOf, isRunning, onTheMove } from '../../../src/kinds/cluster/state.ts'
import { reasons } from '../../../src/reconcile/reasons.ts'

const states: { state: string; running: boolean; moving: boolean }[] = [
  { state: 'PENDING', running: true, moving: true },
  { state: 'RUNNING', running: true, moving: false },
  { state: 'RESTARTING', running: true, moving: true },
  { state: 'RESIZING', running: true, moving: true },
  { state: 'TERMINATING', running: false, moving: true },
  { state: 'TERMINATED', running: false, moving: false },
  { state: 'ERROR', running: false, moving: false },
  // With what we do not know, nothing is disturbed by mistake.
  { state: 'UNKNOWN', running: true, moving: true },
  { state: 'HIBERNATING', running: true, moving: true },
]

describe('a cluster that is', () => {
  it.each(states)('$state: in use $running, on the move $moving', ({ state, running, moving }) => {
    expect(isRunning(state)).toBe(running)
    expect(onTheMove(state)).toBe(moving)
    expect(busyIn(state)).toBe(moving ? `the cluster is ${state}` : undefined)
  })
})

const ended = (code: string, type: string, rest: JsonObject = {}): JsonObject => ({
  termination_reason: { code, type },
  ...rest,
})

const rows: { it: string; state: string; details?: JsonObject; gives: string }[] = [
  { it: 'runs', state: 'RUNNING', gives: 'True/Running' },
  { it: 'is resized', state: 'RESIZING', gives: 'True/Running' },
  { it: 'starts', state: 'PENDING', gives: 'Unknown/Starting' },
  { it: 'restarts', state: 'RESTARTING', gives: 'Unknown/Starting' },
  { it: 'is in a state we do not know', state: 'HIBERNATING', gives: 'Unknown/Starting' },
  { it: 'stopped, and nobody says why', state: 'TERMINATED', gives: 'True/Stopped' },
  {
    it: 'was stopped by somebody',
    state: 'TERMINATED',
    details: ended('USER_REQUEST', 'SUCCESS'),
    gives: 'True/Stopped',
  },
  {
    it: 'was not used',
    state: 'TERMINATING',
    details: ended('INACTIVITY', 'SUCCESS'),
    gives: 'True/Stopped',
  },
  {
    it: 'ended well for a reason we do not know',
    state: 'TERMINATED',
    details: ended('NEW_REASON', 'SUCCESS'),
    gives: 'True/Stopped',
  },
  {
    it: 'could not start',
    state: 'TERMINATED',
    details: ended('CLOUD_PROVIDER_LAUNCH_FAILURE', 'CLOUD_FAILURE'),
    gives: 'False/StartFailed',
  },
  {
    it: 'lost its cloud while it ended',
    state: 'TERMINATING',
    details: ended('SPOT_INSTANCE_TERMINATION', 'CLOUD_FAILURE'),
    gives: 'False/StartFailed',
  },
  {
    it: 'ended badly for a reason we do not know',
    state: 'TERMINATED',
    details: ended('NEW_REASON', 'CLIENT_ERROR'),
    gives: 'False/StartFailed',
  },
  {
    it: 'runs again after a bad end',
    state: 'RUNNING',
    details: ended('INTERNAL_ERROR', 'SERVICE_FAULT'),
    gives: 'True/Running',
  },
  { it: 'failed, and nobody says why', state: 'ERROR', gives: 'False/StartFailed' },
]

describe('the health of a cluster that', () => {
  it.each(rows)('$it', ({ state, details = {}, gives }) => {
    const { status, reason } = healthOf(state, details)
    expect(`${status}/${reason}`).toBe(gives)
    expect(reasons).toHaveProperty(reason)
  })

  it('failed says why, in Databricks’ words', () => {
    const details = ended('AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE', 'CLIENT_ERROR', {
      state_message: 'no capacity in us-east-1c',
    })
    expect(healthOf('TERMINATED', details).message).toBe(
      'AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE (CLIENT_ERROR): no capacity in us-east-1c',
    )
  })

  it('stopped says why', () => {
    expect(healthOf('TERMINATED', ended('INACTIVITY', 'SUCCESS')).message).toBe('stopped: INACTIVITY')
  })
})
