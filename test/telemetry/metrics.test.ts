import { describe, expect, it } from 'vitest'
import { metricTable, type Metric } from '../../src/telemetry/metric-table.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'

/** Lines of one metric, without the comments. */
const samplesOf = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'))

describe('the metrics', () => {
  it('are exactly those of the table, each with its type and meaning', async () => {
    const text = await new Metrics().text()
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type])
    expect(types).toEqual(Object.entries(metricTable).map(([name, { type }]) => [name, type]))
    const helps = [...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name, help]) => [name, help])
    expect(helps).toEqual(Object.entries(metricTable).map(([name, { meaning }]) => [name, meaning]))
  })

  it('are named as Prometheus asks', () => {
    for (const [name, { type, labels }] of Object.entries(metricTable)) {
      // The two others are the names by which every dashboard knows what each process and each Node has.
      expect(name).toMatch(/^(lakeward|process|nodejs)_[a-z_]+[a-z]$/)
      expect(name.endsWith('_total')).toBe(type === 'counter')
      expect(name).not.toMatch(/_(count|sum|bucket|milliseconds|minutes|kilobytes|percent)\b/)
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
      // `le` and `quantile` belong to Prometheus; the others would make a series for each object.
      for (const label of labels)
        expect(['le', 'quantile', 'name', 'namespace', 'object', 'uid', 'id', 'path']).not.toContain(label)
    }
  })

  it('have bounds that grow', () => {
    for (const { buckets = [] } of Object.values<Metric>(metricTable))
      expect(buckets).toEqual(buckets.toSorted((a, b) => a - b))
  })

  it('count and time', async () => {
    const metrics = new Metrics()
    for (const outcome of ['Settled', 'Settled', 'Retry'])
      metrics.count('lakeward_reconcile_total', { kind: 'JobSpec', outcome })
    metrics.observe('lakeward_reconcile_duration_seconds', { kind: 'JobSpec' }, 0.3)
    const text = await metrics.text()
    expect(samplesOf(text, 'lakeward_reconcile_total')).toEqual([
      'lakeward_reconcile_total{kind="JobSpec",outcome="Settled"} 2',
      'lakeward_reconcile_total{kind="JobSpec",outcome="Retry"} 1',
    ])
    expect(text).toContain('lakeward_reconcile_duration_seconds_bucket{le="0.25",kind="JobSpec"} 0')
    expect(text).toContain('lakeward_reconcile_duration_seconds_bucket{le="0.5",kind="JobSpec"} 1')
    expect(text).toContain('lakeward_reconcile_duration_seconds_sum{kind="JobSpec"} 0.3')
  })

  it('read what is so at the moment, and forget what is no more', async () => {
    const metrics = new Metrics()
    const rates = new Map([
      ['7', 10],
      ['8', 5],
    ])
    metrics.gauge('lakeward_databricks_budget_rate', () =>
      [...rates].map(([workspace, rate]) => [{ workspace }, rate] as const),
    )
    const read = async () => samplesOf(await metrics.text(), 'lakeward_databricks_budget_rate')
    expect(await read()).toHaveLength(2)
    rates.delete('7')
    rates.set('8', 2.5)
    expect(await read()).toEqual(['lakeward_databricks_budget_rate{workspace="8"} 2.5'])
  })
})
