import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { metricTable, type Metric } from './metric-table.ts'

type Table = typeof metricTable
/** The name of a metric of a type. */
type NameOf<Type extends Metric['type']> = {
  [Name in keyof Table]: Table[Name]['type'] extends Type ? Name : never
}[keyof Table]
type Labels<Name extends keyof Table> = Readonly<Record<Table[Name]['labels'][number], string>>

/** One value that is read. */
export type Row<Name extends keyof Table> = readonly [labels: Labels<Name>, value: number]

/** What the operator counts, in the terms of the table. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #readers: (() => void)[] = []

  constructor() {
    for (const [name, metric] of Object.entries<Metric>(metricTable)) this.#make(name, metric)
  }

  count<Name extends NameOf<'counter'>>(name: Name, labels: Labels<Name>): void {
    this.#counters.get(name)?.inc(labels)
  }

  /** Records a duration in seconds. */
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: Labels<Name>, value: number): void {
    this.#histograms.get(name)?.observe(labels, value)
  }

  /** Has a gauge read whenever somebody asks; rows that are not there any more are gone. */
  gauge<Name extends NameOf<'gauge'>>(name: Name, read: () => Iterable<Row<Name>>): void {
    this.#readers.push(() => {
      const gauge = this.#gauges.get(name)
      gauge?.reset()
      for (const [labels, value] of read()) gauge?.set(labels, value)
    })
  }

  /** Has a counter read whenever somebody asks: of what somebody else counts. */
  total<Name extends NameOf<'counter'>>(name: Name, read: () => Iterable<Row<Name>>): void {
    this.#readers.push(() => {
      const counter = this.#counters.get(name)
      counter?.reset()
      for (const [labels, value] of read()) counter?.inc(labels, value)
    })
  }

  /** Everything in the text format of Prometheus. */
  text(): Promise<string> {
    for (const read of this.#readers) read()
    return this.#registry.metrics()
  }

  #make(name: string, { type, labels, meaning: help, buckets = [] }: Metric): void {
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] }
    switch (type) {
      case 'counter':
        return void this.#counters.set(name, new Counter(options))
      case 'gauge':
        return void this.#gauges.set(name, new Gauge(options))
      case 'histogram':
        return void this.#histograms.set(name, new Histogram({ ...options, buckets: [...buckets] }))
      default:
        return type satisfies never
    }
  }
}
