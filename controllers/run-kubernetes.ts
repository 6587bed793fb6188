import { ChannelCredentials } from '@grpc/grpc-js';
import { isIPv6 } from 'node:net';

import type { Batch } from '../lib/graph/mod.ts';
import { createApp } from '../lib/http/app.ts';
import { isLoopback, startServer } from '../lib/http/server.ts';
import type { StatusSources } from '../lib/http/sources.ts';
import {
  infrastructureTypes,
  type KindStatus,
  type KubeApi,
  LeaderElection,
  type Leadership,
  type ObjectProblem,
  type Update,
  Watches,
} from '../lib/kube/mod.ts';
import { type Credentials, serverName } from '../lib/pki/mod.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import { Metrics } from '../lib/telemetry/metrics.ts';
import { createTracing } from '../lib/telemetry/trace.ts';
import type { FeedbackInputs } from './inputs.ts';
import { XdsAccess } from './run-access.ts';
import { Engine, fill } from './run-engine.ts';
import { Pki } from './run-pki.ts';
import { fillPlatform, wantedSecrets } from './run-platform.ts';
import { type OutsideProblem, ProblemReporter } from './run-problems.ts';
import { Replicas } from './run-replicas.ts';
import { noSources, statusSources } from './run-sources.ts';
import { kindProblemViews, objectProblemView } from './run-views.ts';
import { Writers } from './run-writers.ts';
import type { KubernetesSettings, Settings } from './settings.ts';

export interface KubernetesOptions {
  readonly api: KubeApi;
  /** The controller's own. */
  readonly namespace: string;
  /** Unlike that of any other living replica, and the same after a restart: the Pod's name. */
  readonly identity: string;
  /** Where other replicas reach this one; without it they cannot tell it what their proxies run. */
  readonly podIp?: string;
  readonly statusAddress: Address;
  /** Where proxies and other replicas are served. */
  readonly xdsAddress: Address;
  /** What proxies are told instead of the Service `dragoman-xds`. */
  readonly xdsHost?: string;
  readonly envoyImage: string;
  readonly accessLog?: boolean;
  /** False: this is the only replica there will ever be. */
  readonly leaderElect: boolean;
  readonly log: Logger;
  readonly version: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface RunningController {
  readonly statusUrl: string;
  /** Resolves when everything in the cluster is known, and proxies are served. Rejects if that cannot be. */
  readonly ready: Promise<void>;
  /** Ends writing, gives the lease back, then ends everything. Every call resolves when that is done. */
  stop(): Promise<void>;
}

/** How often the clock of the graph is set, ms: certificates expire by the day. */
const CLOCK_INTERVAL = 60 * 60 * 1_000;

/** Kubernetes mode: the API server, the graph, all proxies by xDS, and on the leader what is written back. */
export async function runKubernetes(options: KubernetesOptions): Promise<RunningController> {
  const stack = new AsyncDisposableStack();
  try {
    const { log } = options;
    const metrics = new Metrics();
    const tracing = await createTracing();
    stack.defer(() => tracing.shutdown());
    const controller = new Controller(options, { log, metrics, tracing });
    const server = await startServer(
      createApp(controller.sources, {
        loopbackOnly: isLoopback(options.statusAddress.host),
        onError: (error) => log.error({ err: error }, 'the status API failed'),
      }),
      options.statusAddress,
    );
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
  readonly tracing: Awaited<ReturnType<typeof createTracing>>;
}

/** What is there once the certificates are. */
interface Parts {
  readonly engine: Engine;
  readonly watches: Watches;
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
  #parts: Parts | undefined;
  #credentials: Credentials | undefined;
  #drainKey: string | undefined;
  #onSecrets: (() => void) | undefined;
  #onBroken: ((error: unknown) => void) | undefined;
  /** Everything in the cluster is known. */
  #synced = false;
  #serving = false;
  #stopping = false;

  constructor(options: KubernetesOptions, telemetry: Telemetry) {
    this.#options = options;
    this.#telemetry = telemetry;
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

  get sources(): StatusSources {
    const current = (): StatusSources => this.#parts === undefined ? this.#before : this.#after(this.#parts);
    return {
      version: this.#options.version,
      readiness: () => this.#readiness(),
      metrics: () => current().metrics(),
      gateways: () => current().gateways(),
      routes: () => current().routes(),
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
    await this.#secrets();
    if (this.#stopping) return;
    const parts = this.#parts = this.#create();
    this.#stack.defer(() => parts.engine.stop());
    this.#stack.defer(() => parts.replicas.stop());
    this.#stack.defer(() => parts.watches.stop());
    this.#stack.defer(() => parts.writers.stop());
    const port = await parts.engine.xds.start();
    const broken = new Promise<never>((_, reject) => {
      this.#onBroken = reject;
    });
    await Promise.race([parts.watches.start(), broken]);
    this.#serving = true;
    log.info({ port }, 'the cluster is known and proxies are served');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#onSecrets?.();
    await this.#stack.disposeAsync();
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
      settings: this.#settings(),
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
    const watches = new Watches({
      api,
      infrastructure: infrastructureTypes,
      onUpdate: (update) => this.#update(update),
      onKind: (status) => this.#kind(status),
    });
    const writers = new Writers({
      api,
      watches,
      dataflow: engine.dataflow,
      log,
      metrics,
      leading: () => this.#leading,
      onFault: (gateway, fault) =>
        engine.feedBack(({ infraFaults }) => {
          if (fault === undefined) infraFaults.delete(gateway);
          else infraFaults.set(fault);
        }),
    });
    replicas.join({ delivery: engine.delivery, refuse: (refusals) => engine.refuse(refusals) });
    const setClock = (feedback: FeedbackInputs): void => feedback.clock.set({ key: 'now', time: Date.now() });
    setClock(engine.dataflow.feedback);
    const clock = setInterval(() => engine.feedBack(setClock), CLOCK_INTERVAL);
    this.#stack.defer(() => clearInterval(clock));
    return { engine, watches, writers, access, replicas };
  }

  #settings(): Settings {
    const { namespace, envoyImage, podIp = '', xdsHost, xdsAddress, accessLog = false } = this.#options;
    const kubernetes: KubernetesSettings = {
      namespace,
      envoyImage,
      bind: isIPv6(podIp) ? '::' : '0.0.0.0',
      xds: { ...(xdsHost === undefined ? {} : { host: xdsHost }), port: xdsAddress.port },
      drainKey: this.#drainKey ?? '',
    };
    return {
      mode: 'kubernetes',
      bind: kubernetes.bind,
      privilegedPortShift: 0,
      allowLocalBackends: false,
      accessLog,
      kubernetes,
    };
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
  #update(update: Update): void {
    const parts = this.#parts;
    if (parts === undefined) return;
    const { engine, writers } = parts;
    const first = !this.#synced;
    try {
      engine.change('cluster', (objects) => {
        fill(objects, update);
        fillPlatform(engine.dataflow, parts.watches.infrastructure, update);
      }, update);
    } catch (error) {
      // Without the first one there is nothing to serve, and to go on would take away what proxies have.
      if (first) return this.#onBroken?.(error);
      engine.failed(error);
    }
    this.#synced = true;
    writers.observed(update.infrastructure);
    this.#reporter.outside(parts.watches.problems().map(outsideProblem));
    if (!first) return;
    const { leader, address } = this.#election?.leadership ?? { leader: true, address: undefined };
    parts.replicas.follow(leader ? undefined : address);
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
    const missing = this.#parts?.watches.kinds().filter(({ problem }) => problem !== undefined) ?? [];
    const reason = missing.map(({ kind, problem }) => `${kind}: ${problem?.message}`).join('; ');
    return { ready: false, reason: reason === '' ? 'the cluster is still being read' : reason };
  }

  get #before(): StatusSources {
    const { version } = this.#options;
    return noSources({ version, metrics: this.#telemetry.metrics, readiness: () => this.#readiness() });
  }

  #after({ engine, watches, writers }: Parts): StatusSources {
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

function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
