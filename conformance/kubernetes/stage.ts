import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../cluster/cluster.ts';
import { apply, echo, eventually, field, service, startCluster } from '../cluster/testing/cluster.ts';
import { Authority } from '../standalone/certificates.ts';
import type { Failure } from '../standalone/load.ts';
import { install } from '../upstream/controller.ts';
import { startLoad } from './load.ts';
import { gateway, gatewayParameters, httpRoute, listenerSet, parametersRef, secret } from './objects.ts';
import { Requests } from './requests.ts';
import { type Comparison, StatusComparison } from './statuses.ts';

export const MANIFESTS: string = fileURLToPath(new URL('../../manifests/install', import.meta.url));

/** How the Gateway's proxies are run at first. */
export const PARAMETERS: Readonly<Record<string, unknown>> = { replicas: 2, concurrency: 1 };

/** By when all must be well again after a fault. */
const RECOVERY_MS = 10_000;
/** Requests that a load has sent at least before anything happens to it. */
const WARM_UP_MS = 1_000;

export interface Fault {
  /** Resolves when it is over: from then on all has to be well soon. */
  readonly happens: () => Promise<void>;
  /** Whether a request may fail. None may unless told. */
  readonly excuses?: (failure: Failure) => boolean;
  /** Whether statuses are lost by it, so that nobody knows how long they have been what they are. */
  readonly losesStatuses?: boolean;
}

/** A cluster with Dragoman as users install it, and a Gateway `default/web` with two proxies that serves two backends. */
export class Stage implements AsyncDisposable {
  readonly cluster: Cluster;
  /** Of the Gateway. */
  readonly address: string;
  readonly #requests: Requests;
  readonly #comparison: StatusComparison;
  #edits = 0;

  private constructor(cluster: Cluster, address: string, comparison: StatusComparison) {
    this.cluster = cluster;
    this.address = address;
    this.#requests = new Requests(cluster);
    this.#comparison = comparison;
  }

  static async set(): Promise<Stage> {
    const cluster = await startCluster({ channel: 'experimental' });
    try {
      await install(cluster, MANIFESTS);
      await apply(cluster, ...await scenery());
      await cluster.kubectl(['wait', '--for=condition=Programmed', 'gateway/web', '--timeout=30s']);
      for (const name of ['one', 'two', 'web-dragoman']) {
        await cluster.kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=30s']);
      }
      const address = await field(cluster, 'gateway/web', '.status.addresses[0].value');
      const stage = new Stage(cluster, address, await StatusComparison.of(cluster));
      await stage.#settled(RECOVERY_MS);
      return stage;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /**
   * Lets a fault happen under a constant load, and edits objects meanwhile. All requests must be answered; soon after its end
   * the edit must be served, and all statuses be those that a controller would write that has seen none of this. No condition
   * may have been another one meanwhile.
   */
  async survives(
    t: TestContext,
    { happens, excuses = () => false, losesStatuses = false }: Fault,
  ): Promise<void> {
    const { times } = await this.#comparison.now();
    const load = startLoad(this.cluster, this.address);
    let after: Comparison;
    try {
      await sleep(WARM_UP_MS);
      const began = performance.now();
      const fault = happens();
      const edit = this.#edit();
      await fault;
      const over = performance.now();
      const left = (): number => RECOVERY_MS - (performance.now() - over);
      await edit;
      await this.#served(left());
      const served = performance.now();
      after = await this.#settled(left());
      const seconds = (from: number, to: number): string => `${((to - from) / 1_000).toFixed(1)} s`;
      t.diagnostic(
        `lasted ${seconds(began, over)}, edit served after ${seconds(over, served)}, ` +
          `statuses right after ${seconds(over, performance.now())}`,
      );
    } finally {
      await load.stop();
    }
    const { answers, failures, renewals } = await load.stop();
    t.diagnostic(`${answers} answers, ${failures.length} failures, ${renewals} renewed connections`);
    assert.deepEqual(failures.filter((failure) => !excuses(failure)), []);
    assert.ok(answers > 200, `only ${answers} answers`);
    if (!losesStatuses) assert.deepEqual(after.times, times);
  }

  /** Takes away what controllers have said of all objects. */
  async loseStatuses(): Promise<void> {
    const empty = { GatewayClass: {}, Gateway: {}, HTTPRoute: { parents: [] }, ListenerSet: {} };
    for (const [kind, status] of Object.entries(empty)) {
      const patch = JSON.stringify([{ op: 'replace', path: '/status', value: status }]);
      const names = await this.cluster.kubectl(['get', kind, '--output=name']);
      await Promise.all(
        names.trim().split('\n').map((name) =>
          this.cluster.kubectl(['patch', name, '--subresource=status', '--type=json', `--patch=${patch}`])
        ),
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#requests[Symbol.dispose]();
    await this.cluster.stop();
  }

  /** Gives the Gateway's listener `edited` another hostname, and the route there another answer. */
  async #edit(): Promise<void> {
    this.#edits += 1;
    const objects = edited(this.#edits);
    await eventually(async () => {
      await apply(this.cluster, ...objects);
      return true;
    }, { ms: 60_000, what: 'an edit that the API server takes' });
  }

  async #served(ms: number): Promise<void> {
    const ask = (edit: number) =>
      this.#requests.send({ address: this.address, port: 80, host: `edit-${edit}.example` });
    await eventually(async () => {
      const [before, ...after] = await Promise.all([
        ask(this.#edits - 1),
        // Enough for each proxy to get some.
        ...Array.from({ length: 8 }, () => ask(this.#edits)),
      ]);
      const isServed = after.every(({ status, headers }) =>
        status === 200 && headers['x-edit'] === String(this.#edits)
      );
      return isServed && before?.headers['x-edit'] === undefined ? true : undefined;
    }, { ms, what: 'the edit is served' });
  }

  async #settled(ms: number): Promise<Comparison> {
    const limit = performance.now() + ms;
    for (;;) {
      const asked = performance.now();
      const comparison = await this.#comparison.now();
      const { actual, fromScratch } = comparison;
      if (asked > limit) assert.deepEqual(actual, fromScratch);
      if (JSON.stringify(actual) === JSON.stringify(fromScratch)) return comparison;
      await sleep(200);
    }
  }
}

const BACKENDS = [{ name: 'one', port: 80 }, { name: 'two', port: 80 }];

async function scenery(): Promise<readonly unknown[]> {
  const authority = await Authority.create('CA');
  const certificate = await authority.issue({ commonName: 'www', names: ['www.example.com'] });
  return [
    echo({ name: 'one' }),
    service('one'),
    echo({ name: 'two' }),
    service('two'),
    secret({ name: 'certificate' }, certificate),
    gatewayParameters('proxies', PARAMETERS),
    ...edited(0),
    httpRoute({ name: 'www' }, {
      parentRefs: [{ name: 'web', sectionName: 'http' }, { name: 'web', sectionName: 'https' }],
      hostnames: ['www.example.com'],
      rules: [{ backendRefs: BACKENDS }],
    }),
    // What is wrong has a status, too.
    httpRoute({ name: 'lost' }, {
      parentRefs: [{ name: 'web' }, { name: 'nowhere' }],
      rules: [{ matches: [{ path: { value: '/lost' } }], backendRefs: [{ name: 'nowhere', port: 80 }] }],
    }),
    listenerSet({ name: 'more' }, {
      parentRef: { name: 'web' },
      listeners: [
        { name: 'fine', port: 8080, protocol: 'HTTP' },
        { name: 'bare', port: 8443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'nowhere' }] } },
      ],
    }),
  ];
}

function edited(edit: number): readonly unknown[] {
  return [
    gateway({ name: 'web' }, {
      ...parametersRef('proxies'),
      allowedListeners: { namespaces: { from: 'Same' } },
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'certificate' }] } },
        { name: 'edited', port: 80, protocol: 'HTTP', hostname: `edit-${edit}.example` },
      ],
    }),
    httpRoute({ name: 'edited' }, {
      parentRefs: [{ name: 'web', sectionName: 'edited' }],
      rules: [{
        filters: [{
          type: 'ResponseHeaderModifier',
          responseHeaderModifier: { set: [{ name: 'x-edit', value: String(edit) }] },
        }],
        backendRefs: BACKENDS,
      }],
    }),
  ];
}
