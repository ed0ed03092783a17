import { describe, expect, it } from 'vitest'
import lakeward from '../../package.json' with { type: 'json' }
import { systemClock } from '../../src/clock.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { measureProcess } from '../../src/telemetry/process.ts'
import { ManualClock } from '../manual-clock.ts'

/** Values by name and labels. */
async function valuesOf(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.replace(/^.* /, ''))]))
}

/** Works until the program has had so much processor time, however busy the machine is. */
function work(milliseconds: number): void {
  const before = process.cpuUsage()
  for (let used = 0; used < milliseconds * 1_000;) {
    const { user, system } = process.cpuUsage(before)
    used = user + system
  }
}

describe('the process', () => {
  it('tells what it uses and which version it is', async () => {
    const metrics = new Metrics()
    using _reading = measureProcess(metrics, systemClock)
    const values = await valuesOf(metrics)
    expect(values.get(`lakeward_build_info{version="${lakeward.version}"}`)).toBe(1)
    expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(values.get('nodejs_heap_size_used_bytes')).toBeGreaterThan(1_000_000)
    expect(values.get('process_cpu_seconds_total')).toBeGreaterThan(0)
    const started = values.get('process_start_time_seconds') ?? 0
    expect(Math.abs(started - (Date.now() / 1_000 - process.uptime()))).toBeLessThan(5)
    if (process.platform === 'linux') expect(values.get('process_open_fds')).toBeGreaterThan(3)
  })

  it('uses more processor time the longer it works', async () => {
    const metrics = new Metrics()
    using _reading = measureProcess(metrics, systemClock)
    const before = (await valuesOf(metrics)).get('process_cpu_seconds_total') ?? 0
    work(50)
    const after = (await valuesOf(metrics)).get('process_cpu_seconds_total') ?? 0
    expect(after - before).toBeGreaterThanOrEqual(0.05)
  })

  it('counts how late it comes to run, and stops counting when told to', async () => {
    const metrics = new Metrics()
    const clock = new ManualClock()
    const measuring = measureProcess(metrics, clock)
    // Nobody comes to run for 300 ms: what was due after 20 comes 280 late.
    await clock.advance(20)
    clock.stall(300)
    await clock.advance(0)
    const values = await valuesOf(metrics)
    expect(values.get('lakeward_event_loop_delay_seconds_count')).toBe(2)
    expect(values.get('lakeward_event_loop_delay_seconds_sum')).toBeCloseTo(0.28)
    expect(values.get('lakeward_event_loop_delay_seconds_bucket{le="0.25"}')).toBe(1)
    measuring[Symbol.dispose]()
    expect(clock.sleeps()).toEqual([])
  })
})
