import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Resource } from '../envoy/resource.ts';
import { Hub, type Stream } from './hub.ts';
import { routeConfigOf } from './fleet.ts';
import { fake, FakeEnvoy } from './testing/fake.ts';
import { createSource } from './testing/source.ts';

const RUNS = 1500;

/** A change of what is wanted. Numbers choose among few names, so that histories collide. */
type Edit =
  | {
    readonly do: 'host';
    readonly config: number;
    readonly host: number;
    readonly clusters: readonly number[];
    readonly bad: boolean;
  }
  | { readonly do: 'dropHost'; readonly config: number; readonly host: number }
  | { readonly do: 'cluster'; readonly cluster: number; readonly bad: boolean }
  | { readonly do: 'endpoints'; readonly cluster: number; readonly bad: boolean }
  | { readonly do: 'dropEndpoints'; readonly cluster: number }
  | { readonly do: 'port'; readonly config: number; readonly bad: boolean }
  | { readonly do: 'dropPort'; readonly config: number };

/** What happens on the way to a proxy and back. */
type Traffic =
  | { readonly do: 'rest' }
  | { readonly do: 'work'; readonly proxy: number; readonly responses: number; readonly requests: number }
  | { readonly do: 'full'; readonly proxy: number; readonly writable: boolean }
  | { readonly do: 'reconnect'; readonly proxy: number }
  | { readonly do: 'drain'; readonly proxy: number };

interface Step {
  /** One commit. */
  readonly edits: readonly Edit[];
  readonly traffic: readonly Traffic[];
}

const small = fc.nat(3);
const rarely = fc.integer({ min: 0, max: 14 }).map((n) => n === 0);
const host = fc.record({
  do: fc.constant('host' as const),
  config: fc.nat(1),
  host: small,
  clusters: fc.array(small, { maxLength: 2 }),
  bad: rarely,
});
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: host },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('dropHost' as const), config: fc.nat(1), host: small }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cluster' as const), cluster: small, bad: rarely }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('endpoints' as const), cluster: small, bad: rarely }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropEndpoints' as const), cluster: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('port' as const), config: fc.nat(1), bad: rarely }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropPort' as const), config: fc.nat(1) }) },
);
const traffic: fc.Arbitrary<Traffic> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rest' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      proxy: fc.nat(1),
      responses: fc.nat(3),
      requests: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('full' as const), proxy: fc.nat(1), writable: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconnect' as const), proxy: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), proxy: fc.nat(1) }) },
);
const history: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ edits: fc.array(edit, { maxLength: 3 }), traffic: fc.array(traffic, { maxLength: 5 }) }),
  { maxLength: 14, size: 'max' },
);

const DOMAINS = ['*', '*.test', 'a.test', 'b.test'];

/** What the graph would say: the wanted objects, consistent in each commit. */
class World {
  readonly clusters = new Map<number, Resource>();
  readonly endpoints = new Map<number, Resource>();
  readonly ports = new Map<number, Resource[]>();
  readonly hosts = new Map<string, { config: number; clusters: readonly number[]; version: string }>();
  /** Names of clusters that were bad once. */
  readonly refused = new Set<string>();
  #versions = 0;

  version(bad: boolean): string {
    return `${bad ? 'bad' : 'v'}${++this.#versions}`;
  }

  /** All resources: of clusters only those that some virtual host uses. */
  resources(): Map<string, Resource> {
    const all = new Map<string, Resource>();
    const add = (resource: Resource | undefined): void => {
      if (resource !== undefined) all.set(resource.key, resource);
    };
    for (const resources of this.ports.values()) resources.forEach(add);
    for (const [name, { config, clusters, version }] of this.hosts) {
      if (!this.ports.has(config)) continue;
      const used = clusters.filter((cluster) => this.clusters.has(cluster));
      for (const cluster of used) {
        add(this.clusters.get(cluster));
        add(this.endpoints.get(cluster));
      }
      // As with real hashes, other clusters are another version.
      add(
        fake(`VirtualHost|${name}`, `${version}-${used.join('-')}`, {
          needs: used.map((cluster) => `Cluster|c${cluster}`),
        }),
      );
    }
    return all;
  }

  constructor() {
    for (const index of [0, 1, 2, 3]) {
      this.change({ do: 'cluster', cluster: index, bad: false });
      this.change({ do: 'endpoints', cluster: index, bad: false });
    }
    this.change({ do: 'port', config: 0, bad: false });
  }

  change(event: Edit): void {
    if (event.do === 'host') {
      this.hosts.set(`rc${event.config}/${DOMAINS[event.host]}`, {
        config: event.config,
        clusters: [...new Set(event.clusters)].sort((a, b) => a - b),
        version: this.version(event.bad),
      });
    } else if (event.do === 'dropHost') this.hosts.delete(`rc${event.config}/${DOMAINS[event.host]}`);
    else if (event.do === 'cluster') {
      this.clusters.set(event.cluster, fake(`Cluster|c${event.cluster}`, this.version(event.bad)));
      if (event.bad) this.refused.add(`c${event.cluster}`);
    } else if (event.do === 'endpoints') {
      this.endpoints.set(
        event.cluster,
        fake(`ClusterLoadAssignment|c${event.cluster}`, this.version(event.bad)),
      );
    } else if (event.do === 'dropEndpoints') this.endpoints.delete(event.cluster);
    else if (event.do === 'port') {
      const name = `rc${event.config}`;
      this.ports.set(event.config, [
        fake(`Listener|${name}`, this.version(event.bad), { needs: [`RouteConfiguration|${name}`] }),
        fake(`RouteConfiguration|${name}`, this.version(false)),
      ]);
    } else if (event.do === 'dropPort') this.ports.delete(event.config);
  }
}

interface Proxy {
  readonly envoy: FakeEnvoy;
  stream: Stream;
}

function isBad({ version }: Resource): boolean {
  return version.startsWith('bad');
}

/** Plays a history to its end, and checks that the proxies have what is wanted. */
function play(steps: readonly Step[]): void {
  const source = createSource();
  const world = new World();
  const refused: string[] = [];
  const delivered = new Map<string, string>();
  const hub = new Hub({
    ...source,
    onRefused: ({ hash }) => refused.push(hash),
    onDelivered: (updates) => {
      for (const { key, version } of updates) {
        if (version === undefined) delivered.delete(key);
        else delivered.set(key, version);
      }
    },
  });
  const open = (envoy: FakeEnvoy): Stream => {
    envoy.connect();
    return hub.open('f', (content) => envoy.receive(content));
  };
  const proxies: Proxy[] = [0, 1].map(() => {
    const envoy = new FakeEnvoy({
      judge: (resource) => isBad(resource) ? 'bad' : undefined,
      // Routes of a refused cluster must not wait for ever; in life the graph replaces them.
      excused: (cluster) => world.refused.has(cluster),
    });
    return { envoy, stream: open(envoy) };
  });
  const proxy = (index: number): Proxy => proxies[index % proxies.length] as Proxy;
  const deliver = ({ envoy, stream }: Proxy, limit = Infinity): void => {
    let count = 0;
    if (limit <= 0) return;
    for (const request of envoy.requests()) {
      stream.request(request);
      if (++count >= limit) return;
    }
  };
  const commit = (): void => {
    const wanted = world.resources();
    const set = [...wanted.values()].filter((resource) => source.resources.get(resource.key) !== resource);
    const remove = source.resources.values().map(({ key }) => key).filter((key) => !wanted.has(key));
    hub.apply(source.update({ set, remove }));
    hub.ready();
  };
  const settle = (): void => {
    for (let i = 0; i < 10_000; i++) {
      for (const it of proxies) {
        deliver(it);
        it.envoy.step();
      }
      if (proxies.every(({ envoy }) => envoy.idle)) return;
    }
    assert.fail('the protocol does not come to rest');
  };

  for (const { edits, traffic } of steps) {
    for (const it of edits) world.change(it);
    commit();
    for (const it of traffic) {
      if (it.do === 'rest') settle();
      else if (it.do === 'work') {
        for (let i = 0; i < it.responses; i++) proxy(it.proxy).envoy.step();
        deliver(proxy(it.proxy), it.requests);
      } else if (it.do === 'full') proxy(it.proxy).stream.setWritable(it.writable);
      else if (it.do === 'drain') proxy(it.proxy).envoy.drain();
      else {
        const gone = proxy(it.proxy);
        gone.stream.close();
        gone.stream = open(gone.envoy);
      }
    }
  }
  for (const { stream } of proxies) stream.setWritable(true);
  commit();
  settle();
  for (const { envoy } of proxies) envoy.drain();
  settle();

  const wanted = world.resources();
  for (const { envoy } of proxies) {
    assert.deepEqual(envoy.problems, []);
    // Endpoints that were good on an earlier stream only cannot be sent again once they are refused or, with a cluster that
    // something refused keeps, gone. What the cluster was before serves.
    const warming = envoy.warming.filter((name) => {
      const endpoints = wanted.get(`ClusterLoadAssignment|${name}`);
      if (endpoints !== undefined) return !isBad(endpoints);
      return wanted.has(`Cluster|${name}`) || !heldByOthers(envoy, wanted);
    });
    assert.deepEqual(warming, []);
    for (const resource of wanted.values()) expect(envoy, resource, wanted);
    for (const type of ['Cluster', 'Listener', 'VirtualHost'] as const) {
      for (const name of envoy.store(type).keys()) {
        assert.ok(wanted.has(`${type}|${name}`) || heldByOthers(envoy, wanted), `${type} ${name} is gone`);
      }
    }
  }
  for (const hash of refused) assert.ok(hash.startsWith('bad'), `${hash} is innocent`);
  for (const resource of wanted.values()) {
    if (resource.type !== 'Listener' || isBad(resource)) continue;
    assert.equal(delivered.get(`f|${resource.key}`), resource.version);
  }
}

/** What a proxy must have of a wanted resource. */
function expect(envoy: FakeEnvoy, resource: Resource, wanted: ReadonlyMap<string, Resource>): void {
  const { type, name, version } = resource;
  const has = envoy.store(type).get(name);
  if (isBad(resource)) {
    assert.notEqual(has?.version, version);
    return;
  }
  // Below a refused listener nothing is asked for; a virtual host waits while a cluster of it is refused.
  if (type === 'RouteConfiguration' && !envoy.store('Listener').has(name)) return;
  if (type === 'VirtualHost' && !envoy.store('Listener').has(routeConfigOf(name))) return;
  if (type === 'ClusterLoadAssignment' && !envoy.store('Cluster').has(name)) return;
  // While a cluster warms on for want of good endpoints, no CDS answer tells the versions of the others.
  if (type === 'Cluster' && envoy.warming.length > 0) return;
  assert.equal(has?.version, version, `${resource.key} of ${[...wanted.keys()].join(' ')}`);
}

/** A refused virtual host keeps its last good version, and that its clusters. */
function heldByOthers(_: FakeEnvoy, wanted: ReadonlyMap<string, Resource>): boolean {
  return [...wanted.values()].some(isBad);
}

describe('Session, with proxies that behave as Envoy does', () => {
  it('ends at the snapshot after any history, and breaks no promise on the way', () => {
    fc.assert(
      fc.property(history, play),
      { numRuns: RUNS },
    );
  });
});
