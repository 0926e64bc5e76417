import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

export interface CounterMetric {
  add(labels?: Labels, by?: number): void;
}
export interface GaugeMetric {
  set(value: number, labels?: Labels): void;
}
export interface HistogramMetric {
  observe(value: number, labels?: Labels): void;
}

/** Prometheus metrics of one process; every name begins with `reveille_`. Labels are of low cardinality: never a user or message. */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): CounterMetric;
  gauge(name: string, help: string, labels?: readonly string[]): GaugeMetric;
  /** In seconds, unless the name says otherwise. */
  histogram(
    name: string,
    help: string,
    options?: { labels?: readonly string[]; buckets?: readonly number[] },
  ): HistogramMetric;
  /** A gauge that is read when it is scraped. */
  observed(name: string, help: string, read: () => number): void;
  text(): Promise<string>;
  readonly contentType: string;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics({ service }: { service: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const full = (name: string): string => `reveille_${name}`;
  const registers = [registry];
  return {
    counter(name, help, labelNames = []) {
      const metric = new Counter({ name: full(name), help, labelNames: [...labelNames], registers });
      return { add: (labels = {}, by = 1) => metric.inc(labels, by) };
    },
    gauge(name, help, labelNames = []) {
      const metric = new Gauge({ name: full(name), help, labelNames: [...labelNames], registers });
      return { set: (value, labels = {}) => metric.set(labels, value) };
    },
    histogram(name, help, { labels: labelNames = [], buckets = seconds } = {}) {
      const metric = new Histogram({
        name: full(name),
        help,
        labelNames: [...labelNames],
        buckets: [...buckets],
        registers,
      });
      return { observe: (value, labels = {}) => metric.observe(labels, value) };
    },
    observed(name, help, read) {
      new Gauge({
        name: full(name),
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
