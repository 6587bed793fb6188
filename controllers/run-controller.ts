import { ChannelCredentials } from '@grpc/grpc-js';

import type { Batch } from '../lib/graph/mod.ts';
import type { StatusSources } from '../lib/http/sources.ts';
import {
  type KindStatus,
  LeaderElection,
  type Leadership,
  type ObjectProblem,
  type Update,
  type Watches,
} from '../lib/kube/mod.ts';
import { type Credentials, serverName } from '../lib/pki/mod.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import { Metrics } from '../lib/telemetry/metrics.ts';
import { createTracing, type Tracing } from '../lib/telemetry/trace.ts';
import type { FeedbackInputs } from './inputs.ts';
import { XdsAccess } from './run-access.ts';
import type { RunningController } from './run-kubernetes.ts';
import { hostPort, type KubernetesOptions, settingsOf } from './run-options.ts';
import { Engine } from './run-engine.ts';
import { fill } from './run-fill.ts';
import { Pki } from './run-pki.ts';
import { fillPlatform, wantedSecrets } from './run-platform.ts';
import { type OutsideProblem, ProblemReporter } from './run-problems.ts';
import type { ClusterReading } from './run-reading.ts';
import { Replicas } from './run-replicas.ts';
import { noSources, serveStatus, statusSources } from './run-sources.ts';
import { kindProblemViews, objectProblemView } from './run-views.ts';
import { Writers } from './run-writers.ts';

/** How long each thing that is ended waits for the API server, ms: together they must take less than a Pod's grace. */
const PATIENCE = 4_000;

/** How often the clock of the graph is set, ms: certificates expire by the day. */
const CLOCK_INTERVAL = 60 * 60 * 1_000;

/** What runs in Kubernetes mode, on a cluster that is being read. */
export async function startController(
  options: KubernetesOptions,
  reading: ClusterReading,
): Promise<RunningController> {
  const stack = new AsyncDisposableStack();
  try {
    const { log } = options;
    const metrics = new Metrics();
    const tracing = await createTracing();
    stack.defer(() => tracing.shutdown());
    const controller = new Controller(options, { log, metrics, tracing, reading });
    const server = await serveStatus(controller.sources, { address: options.statusAddress, log });
    stack.defer(() => server.stop());
    stack.defer(() => controller.stop());
    const ready = controller.start();
    const disposal = stack.move();
    let stopped: Promise<void> | undefined;
    return { statusUrl: server.url, ready, stop: () => stopped ??= disposal.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface Telemetry {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

/** What is there once the certificates are. */
interface Parts {
  readonly engine: Engine;
  readonly writers: Writers;
  readonly access: XdsAccess;
  readonly replicas: Replicas;
}

class Controller {
  readonly #options: KubernetesOptions;
  readonly #telemetry: Telemetry;
  readonly #reporter: ProblemReporter;
  readonly #election: LeaderElection | undefined;
  readonly #pki: Pki;
  readonly #stack = new AsyncDisposableStack();
  readonly #reading: ClusterReading;
  #parts: Parts | undefined;
  #credentials: Credentials | undefined;
  #drainKey: string | undefined;
  #onSecrets: (() => void) | undefined;
  #onBroken: ((error: unknown) => void) | undefined;
  /** Everything in the cluster is known. */
  #synced = false;
  #serving = false;
  #stopping = false;

  constructor(
    options: KubernetesOptions,
    { reading, ...telemetry }: Telemetry & { readonly reading: ClusterReading },
  ) {
    this.#options = options;
    this.#telemetry = telemetry;
    this.#reading = reading;
    reading.onKind((status) => this.#kind(status));
    this.#reporter = new ProblemReporter(telemetry.log);
    const { api, namespace, identity, podIp, xdsAddress, leaderElect } = options;
    const { log } = telemetry;
    this.#pki = new Pki({
      api,
      namespace,
      mayWrite: () => this.#leading,
      onCredentials: (credentials) => this.#takeCredentials(credentials),
      onDrainKey: (key) => {
        this.#drainKey ??= key;
        this.#onSecrets?.();
      },
      onEvent: (event) => {
        if (event.event === 'failed') {
          log.warn({ secret: event.secret, err: event.error }, 'a certificate is not written');
        } else log.info({ secret: event.secret, why: event.why }, 'certificate written');
      },
    });
    if (!leaderElect) return;
    this.#election = new LeaderElection({
      api,
      namespace,
      identity,
      ...(podIp === undefined ? {} : { address: hostPort(podIp, xdsAddress.port) }),
      onChange: (leadership) => this.#lead(leadership),
      onError: (error) => log.warn({ err: error }, 'the lease cannot be read or written'),
    });
  }

  get #watches(): Watches {
    return this.#reading.watches;
  }

  get sources(): StatusSources {
    const current = (): StatusSources => this.#parts === undefined ? this.#before : this.#after(this.#parts);
    return {
      version: this.#options.version,
      readiness: () => this.#readiness(),
      metrics: () => current().metrics(),
      gateways: () => current().gateways(),
      routes: () => current().routes(),
      legacy: () => current().legacy(),
      backends: () => current().backends(),
      diagnostics: () => current().diagnostics(),
      proxies: () => current().proxies(),
      explain: (collection, key) => current().explain(collection, key),
    };
  }

  /** Resolves when proxies are served. */
  async start(): Promise<void> {
    const { log } = this.#telemetry;
    this.#pki.start();
    this.#stack.defer(() => this.#pki.stop());
    if (this.#election === undefined) this.#pki.lead(true);
    else {
      this.#election.start();
      // Before what it lets others write is ended, so that a successor need not wait.
      this.#stack.defer(() => this.#election?.stop());
    }
    const broken = new Promise<never>((_, reject) => {
      this.#onBroken = reject;
    });
    broken.catch(() => {});
    // The cluster is read while certificates are; what depends on them waits for both.
    this.#stack.defer(() => this.#watches.stop());
    await this.#secrets();
    if (this.#stopping) return;
    const parts = this.#parts = this.#create();
    this.#stack.defer(() => parts.engine.stop());
    this.#stack.defer(() => parts.replicas.stop());
    this.#stack.defer(() => this.#watches.stop());
    this.#stack.defer(() => parts.writers.stop());
    this.#reading.onUpdate((update) => this.#update(parts, update));
    const port = await parts.engine.xds.start();
    await Promise.race([this.#reading.synced, broken]);
    this.#serving = true;
    log.info({ port }, 'the cluster is known and proxies are served');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#onSecrets?.();
    // What waits for an answer ends with its connection.
    const impatience = setInterval(() => this.#options.api.interrupt(), PATIENCE);
    try {
      await this.#stack.disposeAsync();
    } finally {
      clearInterval(impatience);
    }
  }

  get #leading(): boolean {
    return !this.#stopping && (this.#election === undefined || this.#election.leading);
  }

  /** Waits for the certificate of this server, and for what drain tokens are made from. */
  #secrets(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSecrets = () => {
        if (!this.#stopping && (this.#credentials === undefined || this.#drainKey === undefined)) return;
        this.#onSecrets = undefined;
        resolve();
      };
      this.#onSecrets();
    });
  }

  #create(): Parts {
    const { api, xdsAddress, namespace } = this.#options;
    const { log, metrics } = this.#telemetry;
    const credentials = this.#credentials;
    if (credentials === undefined) throw new Error('there are no credentials yet');
    const access = new XdsAccess({ credentials });
    const replicas = new Replicas({
      access,
      credentials: () => this.#channelCredentials(),
      serverName: serverName(namespace),
    });
    const engine: Engine = new Engine({
      settings: settingsOf(this.#options, this.#drainKey ?? ''),
      telemetry: this.#telemetry,
      xds: {
        address: xdsAddress.host,
        port: xdsAddress.port,
        credentials: access.credentials,
        authorize: (peer) => access.fleetOf(peer),
        extend: (server) => replicas.server.register(server),
      },
      peers: replicas,
      onCommit: (batch) => this.#committed(batch),
    });
    const writers = new Writers({
      api,
      watches: this.#watches,
      dataflow: engine.dataflow,
      log,
      metrics,
      leading: () => this.#leading,
      onFault: (owner, fault) =>
        engine.feedBack(({ infraFaults }) => {
          if (fault === undefined) infraFaults.delete(owner);
          else infraFaults.set(fault);
        }),
    });
    replicas.join({ delivery: engine.delivery, refuse: (refusals) => engine.refuse(refusals) });
    const setClock = (feedback: FeedbackInputs): void => feedback.clock.set({ key: 'now', time: Date.now() });
    setClock(engine.dataflow.feedback);
    const clock = setInterval(() => engine.feedBack(setClock), CLOCK_INTERVAL);
    this.#stack.defer(() => clearInterval(clock));
    return { engine, writers, access, replicas };
  }

  #takeCredentials(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#onSecrets?.();
    const parts = this.#parts;
    if (parts === undefined) return;
    if (parts.access.replace(credentials)) parts.engine.xds.disconnect();
    parts.replicas.renew();
  }

  #channelCredentials(): ChannelCredentials {
    const { certificate = '', key = '', trust = '' } = this.#credentials ?? {};
    return ChannelCredentials.createSsl(Buffer.from(trust), Buffer.from(key), Buffer.from(certificate));
  }

  #lead({ leader, holder, address }: Leadership): void {
    const { log, metrics } = this.#telemetry;
    log.info({ leader, holder }, leader ? 'this replica leads' : 'this replica follows');
    metrics.leader.set(leader ? 1 : 0);
    this.#pki.lead(leader);
    const parts = this.#parts;
    parts?.replicas.follow(leader ? undefined : address);
    if (parts === undefined || !this.#synced) return;
    if (leader) parts.writers.enable();
    else void parts.writers.disable();
  }

  /** What has happened in the cluster. What throws is our bug: proxies keep what they have, later changes are tried. */
  #update({ engine, writers, replicas }: Parts, update: Update): void {
    const first = !this.#synced;
    try {
      engine.change('cluster', () => {
        fill(engine.dataflow, update);
        fillPlatform(engine.dataflow, this.#watches.infrastructure, update);
      }, update);
    } catch (error) {
      // Without the first one there is nothing to serve, and to go on would take away what proxies have.
      if (first) return this.#onBroken?.(error);
      engine.failed(error);
    }
    this.#synced = true;
    writers.observed(update.infrastructure);
    this.#reporter.outside(this.#watches.problems().map(outsideProblem));
    if (!first) return;
    const { leader, address } = this.#election?.leadership ?? { leader: true, address: undefined };
    replicas.follow(leader ? undefined : address);
    if (leader) writers.enable();
  }

  #committed(batch: Batch): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    const { engine: { dataflow }, writers } = parts;
    writers.committed(batch);
    this.#reporter.diagnostics(batch.changes(dataflow.diagnostics));
    if (batch.changes(dataflow.infraPlans).length > 0) this.#pki.wanted(wantedSecrets(dataflow));
  }

  #kind({ kind, state, problem, infrastructure }: KindStatus): void {
    const { log } = this.#telemetry;
    const what = infrastructure ? `${kind} of Gateways` : kind;
    if (problem !== undefined) log.warn({ kind: what, state, reason: problem.reason }, problem.message);
    else if (state === 'absent') {
      log.info({ kind: what }, 'a kind is not installed, and is followed once it is');
    } else log.debug({ kind: what, state }, 'a kind is followed');
  }

  #readiness(): { readonly ready: boolean; readonly reason?: string } {
    if (this.#serving) return { ready: true };
    if (this.#credentials === undefined) {
      return { ready: false, reason: 'there is no certificate for xDS yet' };
    }
    const missing = this.#watches.kinds().filter(({ problem }) => problem !== undefined);
    const reason = missing.map(({ kind, problem }) => `${kind}: ${problem?.message}`).join('; ');
    return { ready: false, reason: reason === '' ? 'the cluster is still being read' : reason };
  }

  get #before(): StatusSources {
    const { version } = this.#options;
    return noSources({ version, metrics: this.#telemetry.metrics, readiness: () => this.#readiness() });
  }

  #after({ engine, writers }: Parts): StatusSources {
    const watches = this.#watches;
    return statusSources({
      engine,
      metrics: this.#telemetry.metrics,
      version: this.#options.version,
      readiness: () => this.#readiness(),
      measure: () => writers.measure(),
      problems: () => [...kindProblemViews(watches.kinds()), ...watches.problems().map(objectProblemView)],
    });
  }
}

function outsideProblem({ object, field, message, expected }: ObjectProblem): OutsideProblem {
  const text = `${field === '' ? '' : `${field} `}${message}${
    expected === undefined ? '' : `; expected ${expected}`
  }`;
  return { at: object, object, message: text, id: `${object} ${text}` };
}
