import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NODE_ADDRESS } from '../../../conformance/cluster/addresses.ts';
import { ApiClient, ApiError, MERGE_PATCH } from '../../../conformance/cluster/api-client.ts';
import { applyCRDs } from '../../../conformance/cluster/crds.ts';
import type { RunDirectory } from '../../../conformance/cluster/run-directory.ts';
import { infraName } from '../../../controllers/infra/names.ts';
import type { BootstrapJson } from '../../../lib/proxy/bootstrap-parts.ts';
import type { EnvoyProcess } from '../../../lib/proxy/process.ts';
import { readFolder } from '../../crds/upstream.ts';
import { type Answer, Prober, startUpstream, type Target } from '../probe.ts';
import { now } from '../samples.ts';
import {
  endpointSliceObject,
  gatewayObjects,
  hostOf,
  pathOf,
  routeObject,
  type RouteVersion,
  serviceObject,
} from '../workload.ts';
import { apply } from './apply.ts';
import { Controller } from './controller.ts';
import { CONTROLLER_NAMESPACE, GATEWAY, LAYOUT, LISTENER_PORT, NAMESPACE } from './place.ts';
import { createProxy, printedBootstrap } from './proxy.ts';
import { StatusFeed } from './status-feed.ts';

const OWN_CRDS = fileURLToPath(new URL('../../../manifests/crds', import.meta.url));

/** Bodies of the two upstreams' answers. */
const UPSTREAMS = ['first', 'second'] as const;

export type Upstream = 0 | 1;

export interface WorldOptions {
  /** Of the cluster that this process runs in. */
  readonly directory: RunDirectory;
  /** What the controller runs. */
  readonly program: string;
  readonly envoy: string;
  readonly nodeArgs: readonly string[];
}

/** The cluster with a controller, a Gateway with its Envoy, and two backends; no routes yet. */
export class World implements AsyncDisposable {
  readonly client: ApiClient;
  readonly controller: Controller;
  readonly feed: StatusFeed;
  readonly #envoy: string;
  readonly #bootstrap: BootstrapJson;
  readonly #ports: readonly [number, number];
  readonly #cleanup: AsyncDisposableStack;
  #proxy: EnvoyProcess;
  #prober: Prober | undefined;

  private constructor(envoy: string, made: Made) {
    this.#envoy = envoy;
    this.#bootstrap = made.bootstrap;
    this.client = made.client;
    this.controller = made.controller;
    this.feed = made.feed;
    this.#ports = made.ports;
    this.#proxy = made.proxy;
    this.#cleanup = made.cleanup;
  }

  static async start(options: WorldOptions): Promise<World> {
    await using cleanup = new AsyncDisposableStack();
    const { directory: { credentials, kubeconfig, logs }, program, envoy, nodeArgs } = options;
    const client = new ApiClient(credentials);
    cleanup.defer(() => client.close());
    const ports = await Promise.all(
      UPSTREAMS.map(async (name) => cleanup.use(await startUpstream(name, NODE_ADDRESS)).port),
    ) as [number, number];
    await applyCRDs(client, readFolder(OWN_CRDS));
    for (const name of [CONTROLLER_NAMESPACE, NAMESPACE]) await apply(client, namespaceObject(name));
    for (const object of gatewayObjects({ port: LISTENER_PORT })) await apply(client, object);
    const controller = cleanup.use(
      new Controller({ program, kubeconfig, nodeArgs, log: join(logs, 'controller.log') }),
    );
    controller.start();
    await controller.ready();
    const ended = new AbortController();
    cleanup.defer(() => ended.abort());
    const feed = await StatusFeed.start(client, ended.signal);
    await giveAddress(client);
    const bootstrap = await printedBootstrap(program, kubeconfig);
    const proxy = createProxy(envoy, bootstrap);
    await proxy.start();
    const made = { client, controller, feed, ports, bootstrap, proxy, cleanup: cleanup.move() };
    const world = new World(envoy, made);
    await world.feed.until(`Gateway/${GATEWAY}`, isProgrammed);
    return world;
  }

  /** A connection to Envoy. */
  async prober(): Promise<Prober> {
    if (this.#prober?.isOpen !== true) {
      this.#prober = await Prober.open(LISTENER_PORT, { timeoutMs: 10_000 });
    }
    return this.#prober;
  }

  /** Ends Envoy, and starts another, which is another proxy to the controller. */
  async replaceProxy(): Promise<{ readonly startedAt: number; readonly started: Promise<void> }> {
    this.#prober?.close();
    this.#prober = undefined;
    await this.#proxy.stop();
    this.#proxy = createProxy(this.#envoy, this.#bootstrap);
    return { startedAt: now(), started: this.#proxy.start() };
  }

  async envoyVersion(): Promise<string> {
    const { body } = await this.#proxy.request('/server_info');
    return (JSON.parse(body) as { version: string }).version;
  }

  route(route: number, version?: RouteVersion): unknown {
    return routeObject({ layout: LAYOUT }, route, version);
  }

  slice(route: number, upstream: Upstream): unknown {
    return endpointSliceObject(route, { address: NODE_ADDRESS, port: this.#ports[upstream] });
  }

  /** A Service with an EndpointSlice. */
  backend(route: number, upstream: Upstream): readonly unknown[] {
    return [serviceObject(route), this.slice(route, upstream)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#prober?.close();
    await this.#proxy.stop();
    await this.#cleanup.disposeAsync();
  }
}

interface Made {
  readonly client: ApiClient;
  readonly controller: Controller;
  readonly feed: StatusFeed;
  readonly ports: readonly [number, number];
  readonly bootstrap: BootstrapJson;
  readonly proxy: EnvoyProcess;
  readonly cleanup: AsyncDisposableStack;
}

export function target(route: number): Target {
  return { host: hostOf(LAYOUT, route), path: pathOf(LAYOUT, route) };
}

/** Whether an answer is that of a route's revision. */
export function showsRevision(revision: number): (answer: Answer) => boolean {
  const header = new RegExp(`\\r\\nx-revision: ${revision}\\r\\n`);
  return ({ status, text }) => status === 200 && header.test(text);
}

/** Whether an answer comes from an upstream. */
export function showsUpstream(upstream: Upstream): (answer: Answer) => boolean {
  return ({ status, text }) => status === 200 && text.endsWith(UPSTREAMS[upstream]);
}

function namespaceObject(name: string): unknown {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function isProgrammed({ status }: Parameters<Parameters<StatusFeed['until']>[1]>[0]): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Programmed' && status === 'True') ?? false;
}

/** What a load balancer's controller does, of which the cluster has none. Waits for the Service for half a minute. */
async function giveAddress(client: ApiClient): Promise<void> {
  const name = infraName({ metadata: { name: GATEWAY }, spec: { gatewayClassName: 'dragoman' } });
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      await client.request(`/api/v1/namespaces/${NAMESPACE}/services/${name}/status`, {
        method: 'PATCH',
        contentType: MERGE_PATCH,
        body: { status: { loadBalancer: { ingress: [{ ip: NODE_ADDRESS }] } } },
      });
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404 || performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
