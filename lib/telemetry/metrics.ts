import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The controller's Prometheus metrics. Label values are kinds and types, never object names: series stay few. */
export class Metrics {
  readonly registry: Registry = new Registry();
  readonly objects: Gauge<'kind'> = this.#gauge(
    'dragoman_objects',
    'Objects that the graph was fed, by kind.',
    ['kind'],
  );
  readonly problems: Gauge<'severity'> = this.#gauge(
    'dragoman_diagnostics',
    'Open diagnostics, by severity.',
    [
      'severity',
    ],
  );
  readonly commits: Counter = new Counter({
    name: 'dragoman_graph_commits_total',
    help: 'Commits of the graph that changed something.',
    registers: [this.registry],
  });
  readonly commitSeconds: Histogram = this.#histogram(
    'dragoman_graph_commit_seconds',
    'Time of one commit of the graph.',
  );
  readonly faults: Counter<'collection' | 'reason'> = this.#counter(
    'dragoman_graph_faults_total',
    'Broken invariants of the graph: always our bug.',
    ['collection', 'reason'],
  );
  readonly resources: Gauge<'type'> = this.#gauge(
    'dragoman_xds_resources',
    'Envoy resources that exist, by type.',
    [
      'type',
    ],
  );
  readonly streams: Gauge<'fleet'> = this.#gauge('dragoman_xds_streams', 'Connected proxies, by fleet.', [
    'fleet',
  ]);
  readonly acks: Counter<'type'> = this.#counter(
    'dragoman_xds_acks_total',
    'Responses that a proxy accepted.',
    ['type'],
  );
  readonly nacks: Counter<'type'> = this.#counter(
    'dragoman_xds_nacks_total',
    'Responses that a proxy refused.',
    ['type'],
  );
  readonly refusals: Gauge = new Gauge({
    name: 'dragoman_xds_refusals',
    help: 'Contents that a proxy refused and that are replaced.',
    registers: [this.registry],
  });
  readonly changeSeconds: Histogram = this.#histogram(
    'dragoman_change_to_ack_seconds',
    'From a change seen to the acceptance of all that it changed.',
  );
  readonly leader: Gauge = new Gauge({
    name: 'dragoman_leader',
    help: 'Whether this replica writes statuses and the objects of Gateways: 1 or 0.',
    registers: [this.registry],
  });
  readonly statusWrites: Counter<'kind' | 'result'> = this.#counter(
    'dragoman_status_writes_total',
    'Writes of statuses, by what came of them.',
    ['kind', 'result'],
  );
  readonly pendingStatuses: Gauge = new Gauge({
    name: 'dragoman_status_writes_pending',
    help: 'Objects whose status may have to be written yet.',
    registers: [this.registry],
  });
  readonly infraWrites: Counter<'kind' | 'result'> = this.#counter(
    'dragoman_infrastructure_writes_total',
    'Writes of the objects of Gateways, by what came of them.',
    ['kind', 'result'],
  );
  readonly proxyRestarts: Counter = new Counter({
    name: 'dragoman_proxy_restarts_total',
    help: 'Restarts of the proxy process after it ended unasked.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string): Histogram {
    const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }
}
