import { Catalogue } from '../lib/consul/mod.ts';
import { encodeVirtualHost, type Resource } from '../lib/envoy/mod.ts';
import type { Batch, Fault } from '../lib/graph/mod.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import type { Metrics } from '../lib/telemetry/metrics.ts';
import { Revisions } from '../lib/telemetry/revisions.ts';
import { ChangeTrace, type Tracing } from '../lib/telemetry/trace.ts';
import {
  createXdsServer,
  Delivery,
  type DeliveryReport,
  type FleetRefusal,
  type XdsServer,
  type XdsServerOptions,
} from '../lib/xds/mod.ts';
import { createDataflow, type Dataflow } from './graph.ts';
import type { FeedbackInputs, ObjectInputs } from './inputs.ts';
import { MemoryRelease } from './run-memory.ts';
import { Retirement } from './run-retired.ts';
import { encodedMembers } from './sent.ts';
import { isLocalAddress } from './service/local-address.ts';
import type { Settings } from './settings.ts';

export interface Telemetry {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

export interface EngineOptions {
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  /** Address, credentials and authorisation of the xDS server. */
  readonly xds?: Pick<XdsServerOptions, 'address' | 'port' | 'credentials' | 'authorize' | 'extend'>;
  /** Whom to tell about the proxies that are connected here. */
  readonly peers?: Peers;
  /** After each commit, when all that it changed is on its way to the proxies. */
  readonly onCommit?: (batch: Batch) => void;
}

/** Other replicas of the controller. */
export interface Peers {
  reported(report: DeliveryReport): void;
  refused(refusal: FleetRefusal): void;
}

/** This replica among those that report deliveries. */
export const SELF = 'self';

export interface ChangeOptions {
  /** When the change was noticed, ms since the epoch; now, unless told. */
  readonly since?: number;
}

/** The graph joined to the xDS server and to telemetry: the same in every mode. */
export class Engine {
  readonly dataflow: Dataflow;
  readonly xds: XdsServer;
  /** What the proxies of all replicas run, as far as they report it here. */
  readonly delivery: Delivery;
  readonly #onCommit: ((batch: Batch) => void) | undefined;
  readonly #telemetry: Telemetry;
  readonly #revisions = new Revisions();
  readonly #memory = new MemoryRelease();
  readonly #catalogue: Catalogue;
  readonly #retirement: Retirement;
  #streams = 0;
  #revision = 0;
  #pendingFeedback = false;
  #served = false;

  constructor({ settings, telemetry, xds, peers, onCommit }: EngineOptions) {
    this.#telemetry = telemetry;
    this.#onCommit = onCommit;
    this.dataflow = createDataflow(settings, { onFault: (fault) => this.#fault(fault) });
    const { resources, memberships, feedback } = this.dataflow;
    this.#retirement = new Retirement(this.dataflow, () => this.#feedBack());
    this.delivery = new Delivery((updates) => {
      for (const { key, version } of updates) {
        if (version === undefined) feedback.delivered.delete(key);
        else feedback.delivered.set({ key, version });
      }
      this.#feedBack();
    });
    const report = (report: DeliveryReport): void => {
      this.delivery.report(SELF, report);
      peers?.reported(report);
    };
    this.#catalogue = new Catalogue({
      refuses: settings.allowLocalBackends ? () => false : isLocalAddress,
      onAnswer: (answer) => this.feedBack(({ consul }) => consul.set(answer)),
    });
    this.xds = createXdsServer({
      ...xds,
      resources,
      memberships,
      assemble: (resource, without) => this.#assemble(resource, without),
      onProxies: (fleet, proxies) => report({ fleets: [{ fleet, proxies }], delivered: [] }),
      onDelivered: (delivered) => report({ fleets: [], delivered }),
      onRefused: (refusal) => {
        const { message, resource, source, fleet } = refusal;
        telemetry.log.warn({ fleet, resource, source, reason: message }, 'Envoy refused a resource');
        telemetry.metrics.nacks.inc({ type: resource.slice(0, resource.indexOf('|')) });
        this.refuse([refusal]);
        peers?.refused(refusal);
      },
      onAck: ({ type, resources: accepted, removed }) => {
        telemetry.metrics.acks.inc({ type });
        for (const { key, version } of accepted) this.#revisions.accepted(key, version);
        for (const name of removed) this.#revisions.dropped(`${type}|${name}`);
      },
      onStream: ({ event, fleet, node, peer }) => {
        telemetry.log.info(
          { fleet, node, peer },
          event === 'denied' ? 'xDS stream denied' : `xDS stream ${event}`,
        );
        if (fleet === undefined || event === 'denied') return;
        const difference = event === 'opened' ? 1 : -1;
        telemetry.metrics.streams.inc({ fleet }, difference);
        this.#streams += difference;
        if (this.#streams === 0) this.#revisions.abandon();
      },
    });
  }

  /**
   * One change of the inputs: `fill` sets and deletes, then the graph commits once and what it changed is written to the
   * proxies before this returns. The first call, with every kind's initial objects, opens the xDS server.
   */
  change(cause: string, fill: (objects: ObjectInputs) => void, { since }: ChangeOptions = {}): Batch {
    const { tracing } = this.#telemetry;
    const trace = new ChangeTrace(tracing.tracer, { 'dragoman.cause': cause }, since);
    const waited = since === undefined ? 0 : performance.timeOrigin + performance.now() - since;
    trace.phase('dragoman.read', () => fill(this.dataflow.objects), since);
    const batch = this.#commit(trace, waited);
    if (!this.#served) {
      this.#served = true;
      // Proxies that come back would lose the endpoints that they have.
      if (this.#catalogue.isSettled) this.xds.ready();
      else void this.#catalogue.settled().then(() => setImmediate(() => this.xds.ready()));
    }
    return batch;
  }

  /** Contents that proxies of any replica have refused: something else is sent instead. */
  refuse(refusals: readonly Pick<FleetRefusal, 'hash' | 'message'>[]): void {
    for (const { hash, message } of refusals) this.dataflow.feedback.refusals.set({ key: hash, message });
    this.#feedBack();
  }

  /** What comes back from the platform between changes; what comes together makes one revision. */
  feedBack(set: (feedback: FeedbackInputs) => void): void {
    set(this.dataflow.feedback);
    this.#feedBack();
  }

  /** A change that threw, which is our bug: proxies keep what they have, and later changes are tried. */
  failed(error: unknown): void {
    this.#telemetry.log.error({ err: error }, 'a change failed, which is a bug');
  }

  /** `waited`: ms from when the change was noticed. */
  #commit(trace: ChangeTrace, waited = 0): Batch {
    const { metrics, log } = this.#telemetry;
    const started = performance.now();
    const { graph, resources } = this.dataflow;
    const before = this.#revision;
    const batch = trace.phase('dragoman.commit', () => graph.commit());
    const seconds = (performance.now() - started) / 1_000;
    if (batch.revision === before) {
      trace.end();
      return batch;
    }
    this.#revision = batch.revision;
    metrics.commits.inc();
    metrics.commitSeconds.observe(seconds);
    const changed = batch.changes(resources);
    const waiting = trace.start('dragoman.deliver', {
      'dragoman.revision': batch.revision,
      'dragoman.resources': changed.length,
    });
    const sent: Resource[] = [];
    for (const { key, after } of changed) {
      if (after === undefined) this.#revisions.dropped(key);
      else if (after.pending !== true) sent.push(after);
    }
    const { length } = sent;
    const done = (): void => {
      waiting.end();
      trace.end();
    };
    this.#revisions.begin(this.#streams === 0 ? [] : sent, {
      delivered: () => {
        if (length > 0 && this.#streams > 0) {
          metrics.changeSeconds.observe((waited + performance.now() - started) / 1_000);
        }
        done();
      },
      abandoned: done,
    });
    this.xds.apply(batch);
    this.#ask(batch);
    this.#retirement.changed(batch);
    this.#onCommit?.(batch);
    this.#memory.changed(changed.length);
    log.debug({ revision: batch.revision, ms: seconds * 1_000, resources: changed.length }, 'committed');
    return batch;
  }

  #ask(batch: Batch): void {
    const { consulQueries } = this.dataflow;
    for (const { key, after } of batch.changes(consulQueries)) {
      if (after !== undefined) this.#catalogue.want(after);
      else {
        this.#catalogue.unwant(key);
        this.feedBack(({ consul }) => consul.delete(key));
      }
    }
  }

  /** Ends all streams. */
  async stop(): Promise<void> {
    this.#catalogue.stop();
    this.#memory.stop();
    this.#retirement.stop();
    await this.xds.stop();
  }

  /** Answers of the proxies become inputs of the next revision; those that come together make one. */
  #feedBack(): void {
    if (this.#pendingFeedback) return;
    this.#pendingFeedback = true;
    setImmediate(() => {
      this.#pendingFeedback = false;
      try {
        this.#commit(new ChangeTrace(this.#telemetry.tracing.tracer, { 'dragoman.cause': 'proxies' }));
      } catch (error) {
        this.failed(error);
      }
    });
  }

  /** A virtual host without some more of its route sets, to find out which of them Envoy refuses. */
  #assemble({ type, name }: Resource, without: ReadonlySet<string>): Resource | undefined {
    const host = type === 'VirtualHost' ? this.dataflow.virtualHosts.get(name) : undefined;
    if (host === undefined) return undefined;
    const { routeSets, feedback: { refusals } } = this.dataflow;
    const members = encodedMembers(host, (key) => routeSets.get(key));
    // Those that were refused before are still left out: they would get others blamed.
    return encodeVirtualHost(
      host,
      members,
      (hash) => without.has(hash) || refusals.get(hash) !== undefined,
    );
  }

  #fault({ collection, source, reason, error }: Fault): void {
    const { metrics, log } = this.#telemetry;
    metrics.faults.inc({ collection, reason });
    log.error({ collection, source, reason, err: error }, 'the graph has a fault');
  }
}
