import { createServer, get, type Server } from 'node:http';
import { Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { Resource } from '../envoy/resource.ts';
import { freePort } from '../testing/free-port.ts';
import type { Acknowledgement, DeliveredUpdate } from './hub.ts';
import { createXdsServer, type XdsServer, type XdsServerOptions } from './server.ts';
import type { RefusalReport } from './events.ts';
import { startEnvoy, type TestEnvoy } from './testing/envoy.ts';
import {
  cluster,
  endpoints,
  listener,
  routeConfig,
  type TestRoute,
  virtualHost,
} from './testing/resources.ts';
import { createSource, type Source } from './testing/source.ts';

/** Everything that one test needs, closed with it. */
interface Rig extends AsyncDisposable {
  readonly source: Source;
  readonly xds: XdsServer;
  readonly envoy: TestEnvoy;
  readonly acks: Acknowledgement[];
  readonly refused: (RefusalReport & { fleet: string })[];
  readonly delivered: Map<string, string>;
  /** Port of a backend that answers with its name, `backend`. */
  readonly backend: number;
  /** A free port for a listener. */
  readonly port: number;
  apply(change: Parameters<Source['update']>[0]): void;
  /** Status code of a request. */
  status(host: string, options?: { path?: string; port?: number }): Promise<number>;
  /** Replaces the xDS server by a new one on the same port, with the same resources. */
  restart(): Promise<void>;
  /** Waits until `check` holds. */
  until(check: () => boolean | Promise<boolean>, what: string): Promise<void>;
}

async function listenOn(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function createRig(options: {
  initial: (ports: { backend: number; port: number }) => Parameters<Source['update']>[0];
  assemble?: XdsServerOptions['assemble'];
}): Promise<Rig> {
  const backendServer = createServer((_, response) => response.end('backend'));
  const backend = await listenOn(backendServer);
  const port = await freePort();
  const source = createSource();
  const acks: Acknowledgement[] = [];
  const refused: (RefusalReport & { fleet: string })[] = [];
  const delivered = new Map<string, string>();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  source.update(options.initial({ backend, port }));
  const create = (xdsPort: number): XdsServer =>
    createXdsServer({
      ...source,
      port: xdsPort,
      authorize: () => 'f',
      onAck: (ack) => acks.push(ack),
      onRefused: (refusal) => refused.push(refusal),
      onDelivered: (updates: readonly DeliveredUpdate[]) => {
        for (const { key, version } of updates) {
          if (version === undefined) delivered.delete(key);
          else delivered.set(key, version);
        }
      },
      ...(options.assemble === undefined ? {} : { assemble: options.assemble }),
    });
  const xdsPort = await freePort();
  let xds = create(xdsPort);
  await xds.start();
  xds.ready();
  const envoy = await startEnvoy({ xds: xdsPort });
  await envoy.live();
  return {
    source,
    get xds() {
      return xds;
    },
    envoy,
    acks,
    refused,
    delivered,
    backend,
    port,
    apply: (change) => xds.apply(source.update(change)),
    status: (host, { path = '/', port: to = port } = {}) =>
      new Promise((resolve, reject) => {
        get({ agent, port: to, host: '127.0.0.1', path, headers: { host } }, (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
        }).on('error', reject);
      }),
    async restart() {
      await xds.stop();
      xds = create(xdsPort);
      await xds.start();
      xds.ready();
    },
    async until(check, what) {
      for (let i = 0; i < 3000; i++) {
        if (await check()) return;
        await sleep(10);
      }
      assert.fail(`${what} did not happen; Envoy says ${await envoy.log()}`);
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await envoy[Symbol.asyncDispose]();
      await xds.stop();
      backendServer.closeAllConnections();
      await new Promise((resolve) => backendServer.close(resolve));
    },
  };
}

const RC = 'ns/gw/80';

function host(domain: string, routes: readonly TestRoute[]): ReturnType<typeof virtualHost> {
  return virtualHost(`${RC}/${domain}`, routes);
}

function base({ backend, port }: { backend: number; port: number }): ReturnType<typeof virtualHost>[] {
  return [cluster('a'), endpoints('a', [backend]), listener('l', { port, routeConfig: RC }), routeConfig(RC)];
}

/** Sends requests one after the other until stopped, and counts the answers by status. */
function load(rig: Rig, hosts: readonly string[]): { stop(): Promise<Map<string, number>> } {
  const counts = new Map<string, number>();
  const running = { value: true };
  const workers = hosts.map(async (name) => {
    while (running.value) {
      const result = await rig.status(name).catch((error: Error) => error.message);
      counts.set(`${name} ${result}`, (counts.get(`${name} ${result}`) ?? 0) + 1);
    }
  });
  return {
    async stop() {
      // However slow the machine, enough requests saw what happened.
      const deadline = performance.now() + 10_000;
      const enough = (): boolean => hosts.every((name) => (counts.get(`${name} 200`) ?? 0) > 10);
      while (!enough() && performance.now() < deadline) await sleep(5);
      running.value = false;
      await Promise.all(workers);
      return counts;
    },
  };
}

function onlyOk(counts: ReadonlyMap<string, number>): void {
  const bad = [...counts].filter(([key]) => !key.endsWith(' 200'));
  assert.deepEqual(bad, []);
  assert.ok([...counts.values()].every((count) => count > 10), 'every host had requests');
}

describe('a real Envoy', () => {
  it('serves every virtual host from its first moment on, and follows edits and removals', async () => {
    await using rig = await createRig({
      initial: (ports) => ({
        set: [
          ...base(ports),
          host('one.test', [{ cluster: 'a' }]),
          host('*.wild.test', [{ cluster: 'a' }]),
          host('*', [{ status: 418 }]),
        ],
      }),
    });
    // `live` means that the listener is up: no request may find its virtual host missing.
    assert.equal(await rig.status('one.test'), 200);
    assert.equal(await rig.status('x.wild.test'), 200);
    assert.equal(await rig.status('other.test'), 418);

    rig.apply({ set: [host('one.test', [{ status: 201 }])] });
    await rig.until(async () => await rig.status('one.test') === 201, 'the edit');
    rig.apply({ set: [host('two.test', [{ status: 202 }])], remove: [`VirtualHost|${RC}/one.test`] });
    await rig.until(async () => await rig.status('two.test') === 202, 'the addition');
    assert.equal(await rig.status('one.test'), 418);
    rig.apply({ remove: [`VirtualHost|${RC}/*`] });
    await rig.until(async () => await rig.status('other.test') === 404, 'the removal');

    assert.equal(rig.delivered.get('f|Listener|l'), rig.source.resources.get('Listener|l')?.version);
    assert.equal(
      rig.delivered.get(`f|RouteConfiguration|${RC}`),
      rig.source.resources.get(`RouteConfiguration|${RC}`)?.version,
    );
    assert.deepEqual(rig.refused, []);
  });

  it('becomes live without any virtual host, and takes further ports with their own', async () => {
    await using rig = await createRig({ initial: (ports) => ({ set: base(ports) }) });
    assert.equal(await rig.status('one.test'), 404);
    const port = await freePort();
    rig.apply({
      set: [
        cluster('b'),
        endpoints('b', [rig.backend]),
        listener('m', { port, routeConfig: 'ns/gw/81' }),
        routeConfig('ns/gw/81'),
        virtualHost('ns/gw/81/one.test', [{ cluster: 'b' }]),
      ],
    });
    await rig.until(
      async () => await rig.status('one.test', { port }).catch(() => 0) === 200,
      'the second port',
    );
    const empty = await freePort();
    rig.apply({ set: [listener('n', { port: empty, routeConfig: 'ns/gw/82' }), routeConfig('ns/gw/82')] });
    await rig.until(
      async () => await rig.status('one.test', { port: empty }).catch(() => 0) === 404,
      'the empty port',
    );

    // Envoy forgets the virtual hosts of a port that has drained.
    rig.apply({
      remove: [
        'Listener|m',
        'RouteConfiguration|ns/gw/81',
        'VirtualHost|ns/gw/81/one.test',
        'Cluster|b',
        'ClusterLoadAssignment|b',
      ],
    });
    await rig.until(
      async () => await rig.envoy.stat('cluster_manager.active_clusters') === 2,
      'the removal of the cluster',
    );
    rig.apply({
      set: [
        cluster('b'),
        endpoints('b', [rig.backend]),
        listener('m', { port, routeConfig: 'ns/gw/81' }),
        routeConfig('ns/gw/81'),
        virtualHost('ns/gw/81/one.test', [{ cluster: 'b' }]),
      ],
    });
    await rig.until(
      async () => await rig.status('one.test', { port }).catch(() => 0) === 200,
      'the return of the port',
    );
    assert.deepEqual(rig.refused, []);
  });

  it('loses no request while RouteConfigurations, clusters and virtual hosts are replaced under load', async () => {
    await using rig = await createRig({
      initial: (ports) => ({
        set: [...base(ports), host('one.test', [{ cluster: 'a' }]), host('two.test', [{ cluster: 'a' }])],
      }),
    });
    const requests = load(rig, ['one.test', 'two.test']);
    let before = 'a';
    for (let i = 0; i < 40; i++) {
      const name = `c${i}`;
      rig.apply({
        set: [
          cluster(name),
          endpoints(name, [rig.backend]),
          host('one.test', [{ cluster: name }]),
          routeConfig(RC, String(i)),
          ...(i % 5 === 0 ? [listener('l', { port: rig.port, routeConfig: RC, prefix: `p${i}` })] : []),
          // The one that stays changes its settings, and so warms anew.
          ...(i > 0 ? [cluster('keep', { timeout: 1000 + i }), endpoints('keep', [rig.backend])] : []),
          ...(i > 0 ? [host('two.test', [{ cluster: 'keep' }])] : []),
        ],
        remove: i > 0 ? [`Cluster|${before}`, `ClusterLoadAssignment|${before}`] : [],
      });
      before = name;
      await sleep(i % 3 === 0 ? 0 : 40);
    }
    // xds, a (unused, but still wanted), keep and the last.
    await rig.until(
      async () => await rig.envoy.stat('cluster_manager.active_clusters') === 4,
      'the last removal',
    );
    onlyOk(await requests.stop());
    assert.equal(await rig.envoy.stat('cluster_manager.warming_clusters'), 0);
    assert.deepEqual(rig.refused, []);
  });

  it('keeps what it has when the server restarts, and is sent only what differs', async () => {
    await using rig = await createRig({
      initial: (ports) => ({
        set: [
          ...base(ports),
          cluster('b'),
          endpoints('b', [ports.backend]),
          host('one.test', [{ cluster: 'a' }]),
          host('two.test', [{ cluster: 'b' }]),
          host('gone.test', [{ cluster: 'b' }]),
        ],
      }),
    });
    const requests = load(rig, ['one.test', 'two.test']);
    rig.acks.length = 0;
    rig.source.update({
      set: [host('two.test', [{ cluster: 'a' }])],
      remove: [`VirtualHost|${RC}/gone.test`, 'Cluster|b', 'ClusterLoadAssignment|b'],
    });
    await rig.restart();
    await rig.until(
      async () => await rig.envoy.stat('cluster_manager.active_clusters') === 2,
      'the removal of the cluster',
    );
    onlyOk(await requests.stop());
    assert.equal(await rig.status('gone.test'), 404);
    const sent = (): string[] =>
      rig.acks.flatMap(({ resources, removed }) => [...resources.map(({ key }) => key), ...removed]).sort();
    const differs = [`VirtualHost|${RC}/two.test`, 'b', `${RC}/gone.test`].sort();
    await rig.until(() => sent().length >= differs.length, 'the ACKs');
    assert.deepEqual(sent(), differs);
    assert.equal(rig.delivered.get('f|Listener|l'), rig.source.resources.get('Listener|l')?.version);
  });

  it('refuses one bad virtual host of ten, and the other nine are served', async () => {
    await using rig = await createRig({
      initial: (ports) => ({ set: [...base(ports), host('h3.test', [{ cluster: 'a' }])] }),
    });
    const bad: TestRoute = { regex: '(' };
    rig.apply({
      set: Array.from(
        { length: 10 },
        (_, i) => host(`h${i}.test`, i === 3 ? [{ cluster: 'a' }, bad] : [{ status: 210 }]),
      ),
    });
    const others = [0, 1, 2, 4, 5, 6, 7, 8, 9];
    await rig.until(async () => {
      const codes = await Promise.all(others.map((i) => rig.status(`h${i}.test`)));
      return codes.every((code) => code === 210) && rig.refused.length > 0;
    }, 'the refusal');
    assert.deepEqual(rig.refused.map(({ resource, hash, source }) => ({ resource, hash, source })), [{
      resource: `VirtualHost|${RC}/h3.test`,
      hash: `part:${JSON.stringify(bad)}`,
      source: `${RC}/h3.test`,
    }]);
    assert.match(rig.refused[0]?.message ?? '', /missing \)/);
    // The last good version serves on, and the substitute replaces it.
    assert.equal(await rig.status('h3.test'), 200);
    rig.apply({ set: [host('h3.test', [{ status: 211 }])] });
    await rig.until(async () => await rig.status('h3.test') === 211, 'the substitute');
  });

  it('finds the bad routes among several new ones by halving', async () => {
    const routes: TestRoute[] = Array.from({ length: 8 }, (_, i) => ({ prefix: `/p${i}`, status: 200 + i }));
    routes[2] = { regex: '(' };
    routes[7] = { regex: 'a)' };
    const hashOf = (route: TestRoute): string => `part:${JSON.stringify(route)}`;
    await using rig = await createRig({
      initial: (ports) => ({ set: [...base(ports), host('one.test', [{ cluster: 'a' }])] }),
      assemble: (_, without) =>
        host('one.test', routes.map((route) => without.has(hashOf(route)) ? { status: 500 } : route)),
    });
    rig.apply({ set: [host('one.test', routes)] });
    await rig.until(() => rig.refused.length === 2, 'the refusals');
    assert.deepEqual(
      rig.refused.map(({ hash }) => hash),
      [routes[2], routes[7]].map((route) => hashOf(route ?? {})),
    );
    await sleep(50);
    assert.equal(rig.refused.length, 2);
  });

  it('refuses one bad cluster of ten; the other nine, and what waits for them, are served', async () => {
    await using rig = await createRig({ initial: (ports) => ({ set: base(ports) }) });
    const all = Array.from({ length: 10 }, (_, i) => i);
    rig.apply({
      set: all.flatMap((i) => [
        i === 4 ? cluster('c4', { unknownExtension: true }) : cluster(`c${i}`),
        endpoints(`c${i}`, [rig.backend]),
        host(`h${i}.test`, [{ cluster: `c${i}` }]),
      ]),
    });
    await rig.until(async () => {
      const codes = await Promise.all(all.filter((i) => i !== 4).map((i) => rig.status(`h${i}.test`)));
      return codes.every((code) => code === 200) && rig.refused.length > 0;
    }, 'the refusal');
    assert.deepEqual(rig.refused.map(({ resource }) => resource), ['Cluster|c4']);
    rig.apply({ set: [cluster('c4')] });
    await rig.until(async () => await rig.status('h4.test') === 200, 'the mended cluster');
  });

  it('a cluster that never warms delays only what needs it', async () => {
    await using rig = await createRig({ initial: (ports) => ({ set: base(ports) }) });
    // Envoy 1.40 never ends the warming of a cluster whose load balancer it refuses, and withholds every CDS answer.
    rig.apply({
      set: [
        cluster('stuck', { bad: true }),
        endpoints('stuck', [rig.backend]),
        cluster('w'),
        endpoints('w', [rig.backend]),
        host('stuck.test', [{ cluster: 'stuck' }]),
      ],
    });
    await rig.until(
      async () => await rig.envoy.stat('cluster_manager.warming_clusters') === 1,
      'the stuck cluster',
    );
    for (const name of ['x', 'y', 'z']) {
      rig.apply({
        set: [cluster(name), endpoints(name, [rig.backend]), host(`${name}.test`, [{ cluster: name }])],
      });
      await rig.until(async () => await rig.status(`${name}.test`) === 200, `the cluster ${name}`);
    }
    rig.apply({ remove: [`VirtualHost|${RC}/x.test`, 'Cluster|x', 'ClusterLoadAssignment|x'] });
    // xds, a, w, y, z.
    await rig.until(
      async () => await rig.envoy.stat('cluster_manager.active_clusters') === 5,
      'the removal of x',
    );
    assert.equal(await rig.status('stuck.test'), 404);
    // Mended, it is served, and Envoy answers again.
    rig.apply({ set: [cluster('stuck')] });
    await rig.until(async () => await rig.status('stuck.test') === 200, 'the mended cluster');
    await rig.until(
      () => rig.acks.some(({ resources }) => resources.some(({ name }) => name === 'z')),
      'the ACK',
    );
  });

  it('clusters whose secrets nobody has are warm, and get them when they come', async () => {
    await using rig = await createRig({ initial: (ports) => ({ set: base(ports) }) });
    rig.apply({
      set: [cluster('t', { tls: 'ca' }), endpoints('t', [rig.backend]), host('t.test', [{ cluster: 't' }])],
    });
    await rig.until(async () => await rig.status('t.test') === 503, 'a route without a secret');
    rig.apply({ set: [cluster('t', { tls: 'ca', timeout: 2000 })] });
    await rig.until(
      () => rig.acks.filter(({ resources }) => resources.some(({ key }) => key === 'Cluster|t')).length === 2,
      'the ACK of the edit',
    );
    assert.equal(await rig.envoy.stat('cluster_manager.warming_clusters'), 0);
    // No endpoints at all: an empty assignment takes the old ones away.
    rig.apply({ remove: ['ClusterLoadAssignment|t'] });
    await rig.until(
      async () =>
        (await rig.envoy.admin('/clusters')).includes('t::default_priority') &&
        !(await rig.envoy.admin('/clusters')).includes(`t::127.0.0.1:${rig.backend}`),
      'the loss of the endpoints',
    );
    assert.deepEqual(rig.refused, []);
  });

  it('has exactly what is wanted after 300 random changes, with restarts between', async () => {
    await using rig = await createRig({ initial: (ports) => ({ set: base(ports) }) });
    const ports = [rig.port, await freePort()];
    const random = createRandom(7);
    const pick = (count: number): number => Math.floor(random() * count);
    const hosts = new Map<string, { config: number; cluster: string; version: number }>();
    const open = new Set([0]);
    const versions = [0, 0];
    const domains = ['*', '*.test', '*.a.test', ...Array.from({ length: 9 }, (_, i) => `h${i}.a.test`)];

    function wanted(): Map<string, Resource> {
      const all = new Map<string, Resource>();
      const add = (...resources: readonly Resource[]): void => resources.forEach((it) => all.set(it.key, it));
      for (const config of open) {
        const name = `ns/gw/8${config}`;
        add(listener(`l${config}`, { port: ports[config] ?? 0, routeConfig: name }));
        add(routeConfig(name, String(versions[config])));
      }
      for (const [name, { config, cluster: to, version }] of hosts) {
        if (!open.has(config)) continue;
        add(cluster(to), endpoints(to, [rig.backend]));
        add(virtualHost(name, [{ cluster: to }, { prefix: `/${version}`, status: 200 }]));
      }
      return all;
    }

    for (let i = 0; i < 300; i++) {
      const config = pick(2);
      const name = `ns/gw/8${config}/${domains[pick(domains.length)]}`;
      const choice = pick(40);
      if (choice < 24) hosts.set(name, { config, cluster: `c${pick(6)}`, version: i });
      else if (choice < 34) hosts.delete(name);
      else if (choice < 37) versions[config] = i;
      else if (choice < 39 && config === 1) open[open.has(1) ? 'delete' : 'add'](1);
      const now = wanted();
      const set = [...now.values()].filter(({ key, version }) =>
        rig.source.resources.get(key)?.version !== version
      );
      const remove = rig.source.resources.values().map(({ key }) => key).filter((key) => !now.has(key));
      if (i % 60 === 59) {
        rig.source.update({ set, remove });
        await rig.restart();
      } else {
        rig.apply({ set, remove });
      }
      if (pick(3) > 0) await sleep(pick(15));
    }

    const now = [...wanted().values()];
    const names = (type: string): string[] =>
      now.filter((it) => it.type === type).map((it) => `${it.name} ${it.version}`).sort();
    await rig.until(async () => {
      const dump = JSON.parse(await rig.envoy.admin('/config_dump')) as Dump;
      const clusters = dump.configs.flatMap((it) => it.dynamic_active_clusters ?? []);
      const listeners = dump.configs.flatMap((it) => it.dynamic_listeners ?? [])
        .filter((it) => it.active_state !== undefined);
      const routes = dump.configs.flatMap((it) => it.dynamic_route_configs ?? []);
      const served = routes.flatMap(({ route_config }) =>
        (route_config.virtual_hosts ?? []).map((it) => `${it.name} ${it.routes.at(-1)?.match.prefix}`)
      );
      const expected = [...hosts].filter(([, { config }]) => open.has(config))
        .map(([name, { version }]) => `${name} /${version}`);
      return equal(clusters.map((it) => `${it.cluster.name} ${it.version_info}`), [
        ...names('Cluster'),
        'xds ',
      ], 'xds') &&
        equal(listeners.map((it) => it.name), [...open].map((config) => `l${config}`)) &&
        equal(served, expected);
    }, 'the last state');
    assert.deepEqual(rig.refused, []);
  });
});

/** What is used of Envoy's `/config_dump`. */
interface Dump {
  readonly configs: readonly {
    readonly dynamic_active_clusters?: readonly {
      readonly version_info?: string;
      readonly cluster: { readonly name: string };
    }[];
    readonly dynamic_listeners?: readonly { readonly name: string; readonly active_state?: unknown }[];
    readonly dynamic_route_configs?: readonly {
      readonly route_config: {
        readonly virtual_hosts?: readonly {
          readonly name: string;
          readonly routes: readonly { readonly match: { readonly prefix?: string } }[];
        }[];
      };
    }[];
  }[];
}

/** Whether two lists have the same members, but for those that start with `except`. */
function equal(left: readonly string[], right: readonly string[], except = '\0'): boolean {
  const normal = (list: readonly string[]): string =>
    JSON.stringify(list.filter((it) => !it.startsWith(except)).sort());
  return normal(left) === normal(right);
}

/** Numbers in [0, 1), the same in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
