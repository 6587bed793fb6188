import { type ChannelCredentials, Client, credentials as channel, status } from '@grpc/grpc-js';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeSchema } from '../lib/envoy/gen/envoy/config/core/v3/base_pb.ts';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
} from '../lib/envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { type Resource, type ResourceType, TYPE_URL } from '../lib/envoy/resource.ts';
import type { Root } from '../lib/pki/authority.ts';
import { type IssuedLeaf, newLeaf, newRoot } from '../lib/pki/issue.ts';
import { type Credentials, type Identity, LIFETIMES } from '../lib/pki/mod.ts';
import { oddLeaf } from '../lib/pki/testing/odd-leaf.ts';
import { createXdsServer, type Peer, type StreamEvent, type XdsServer } from '../lib/xds/mod.ts';
import { type Call, call, code } from '../lib/xds/testing/client.ts';
import {
  cluster,
  endpoints,
  listener,
  routeConfig,
  trustAnchors,
  virtualHost,
} from '../lib/xds/testing/resources.ts';
import { createSource, type Source } from '../lib/xds/testing/source.ts';
import { until } from '../lib/testing/until.ts';
import { XdsAccess } from './run-access.ts';

const SERVER = 'dragoman-xds.dragoman-system.svc';
const WEB = { gateway: 'shop/web' };
const uri = (gateway: string) =>
  ({ type: 'uri', value: `spiffe://dragoman.dev/ns/${gateway.replace('/', '/gateway/')}` }) as const;

const root = await newRoot({ now: Date.now(), lifetimes: LIFETIMES });
const foreign = await newRoot({ now: Date.now(), lifetimes: LIFETIMES });

function leaf(identity: Identity, by: Root = root): Promise<IssuedLeaf> {
  return newLeaf(by, { identity, now: Date.now(), lifetimes: LIFETIMES });
}

async function serverBy(by: Root, trusted: readonly Root[] = [by]): Promise<Credentials> {
  const { certificate, key } = await leaf({ controllerIn: 'dragoman-system' }, by);
  return { certificate, key, trust: trusted.map(({ certificate }) => certificate).join('') };
}

/** All that the proxies of a Gateway get. */
function resourcesOf(gateway: string): readonly Resource[] {
  return [
    cluster(gateway, { tls: gateway }),
    endpoints(gateway, [1]),
    trustAnchors(gateway, root.certificate),
    listener(gateway, { port: 1, routeConfig: gateway }),
    routeConfig(gateway),
    virtualHost(`${gateway}/*`, [{ cluster: gateway }]),
  ];
}

interface Setup {
  readonly server: XdsServer;
  readonly source: Source;
  readonly access: XdsAccess;
  readonly events: readonly StreamEvent[];
  /** Moves the server's clock, ms. */
  readonly pass: (ms: number) => void;
  readonly replace: (credentials: Credentials) => void;
  readonly connect: (leaf?: IssuedLeaf, trusted?: Root) => Client;
  readonly plaintext: () => Client;
}

async function setUp(t: TestContext, connectionAgeMs?: number): Promise<Setup> {
  let ahead = 0;
  const access = new XdsAccess({ credentials: await serverBy(root), now: () => Date.now() + ahead });
  const source = createSource();
  const events: StreamEvent[] = [];
  const server = createXdsServer({
    ...source,
    ...(connectionAgeMs === undefined ? {} : { connectionAgeMs }),
    credentials: access.credentials,
    authorize: (peer) => access.fleetOf(peer),
    onStream: (event) => events.push(event),
  });
  for (const fleet of ['shop/web', 'news/web']) {
    server.apply(source.update({ fleet, set: resourcesOf(fleet) }));
  }
  const port = await server.start();
  server.ready();
  const clients: Client[] = [];
  t.after(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });
  const client = (credentials: ChannelCredentials): Client => {
    const made = new Client(`127.0.0.1:${port}`, credentials, {
      'grpc.ssl_target_name_override': SERVER,
      'grpc.default_authority': SERVER,
      'grpc.use_local_subchannel_pool': 1,
    });
    clients.push(made);
    return made;
  };
  return {
    server,
    source,
    access,
    events,
    pass: (ms) => {
      ahead += ms;
    },
    replace: (credentials) => {
      if (access.replace(credentials)) server.disconnect();
    },
    connect: (leaf, trusted = root) => {
      const pem = Buffer.from(trusted.certificate);
      const keys = leaf === undefined ? [] : [Buffer.from(leaf.key), Buffer.from(leaf.certificate)];
      return client(channel.createSsl(pem, ...keys));
    },
    plaintext: () => client(channel.createInsecure()),
  };
}

function ask(stream: Call, type: ResourceType): void {
  stream.write(create(DeltaDiscoveryRequestSchema, { typeUrl: TYPE_URL[type] }));
}

/** The names of the clusters in the next response. */
function next(stream: Call): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    stream.once('data', ({ resources, nonce }: DeltaDiscoveryResponse) => {
      nonces.set(stream, nonce);
      resolve(resources.map(({ name }) => name));
    });
    stream.once('error', reject);
  });
}

/** An open stream that has got the clusters of its Gateway. */
async function open(client: Client): Promise<Call> {
  const stream = call(client);
  const first = next(stream);
  ask(stream, 'Cluster');
  assert.deepEqual(await first, ['shop/web']);
  stream.on('error', () => {});
  acknowledge(stream);
  return stream;
}

const nonces = new WeakMap<Call, string>();

function acknowledge(stream: Call): void {
  const responseNonce = nonces.get(stream) ?? '';
  stream.write(create(DeltaDiscoveryRequestSchema, { typeUrl: TYPE_URL.Cluster, responseNonce }));
}

function refused(client: Client): Promise<number> {
  const stream = call(client);
  const result = code(stream);
  ask(stream, 'Cluster');
  return result;
}

test('nobody gets through the handshake without a certificate of our own root for clients', async (t) => {
  const { connect, plaintext, events } = await setUp(t);
  assert.equal(await refused(plaintext()), status.UNAVAILABLE);
  const hour = 60 * 60 * 1_000;
  const strangers: Readonly<Record<string, IssuedLeaf | undefined>> = {
    'no certificate': undefined,
    'a certificate of another root': await leaf(WEB, foreign),
    'an expired one': await oddLeaf(root, { names: [uri('shop/web')], lasts: hour / 2 }),
    'one for servers': await oddLeaf(root, { names: [uri('shop/web')], use: 'server' }),
    'one that a proxy signed': await oddLeaf(
      { ...await leaf(WEB), notAfter: Date.now() + hour },
      { names: [uri('news/web')] },
    ),
  };
  for (const [name, stranger] of Object.entries(strangers)) {
    assert.equal(await refused(connect(stranger)), status.UNAVAILABLE, name);
  }
  // Nobody was even asked about them.
  assert.deepEqual(events, []);
});

test('a certificate opens the fleet of its own Gateway, whatever its proxy says of itself', async (t) => {
  const { connect, server, source } = await setUp(t);
  const client = connect(await leaf(WEB));
  const claims: readonly (readonly [string, MessageInitShape<typeof NodeSchema>])[] = [
    ['node id', { id: 'news/web' }],
    ['node cluster', { cluster: 'news/web' }],
    ['both', { id: 'news/web', cluster: 'news/web' }],
    ['metadata', { id: 'x', metadata: { fleet: 'news/web', gateway: 'news/web', namespace: 'news' } }],
    ['identity of the other', { id: uri('news/web').value, cluster: uri('news/web').value }],
    ['controller', { id: 'spiffe://dragoman.dev/controller', cluster: '*' }],
    ['nothing', {}],
  ];
  for (const [claim, node] of claims) {
    const stream = call(client);
    const names: string[] = [];
    const got = new Map<string, string>();
    stream.on('error', () => {});
    stream.on('data', ({ typeUrl, nonce, resources }: DeltaDiscoveryResponse) => {
      // Endpoints and routes that nobody has are answered by empty ones.
      for (const { name, version } of resources) if (version !== 'none') names.push(name);
      got.set(typeUrl, nonce);
      stream.write(create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce: nonce }));
    });
    for (const type of Object.keys(TYPE_URL) as ResourceType[]) {
      // By name, all of a kind, and as what it had before.
      for (const resourceNamesSubscribe of [['news/web', 'news/web/*', 'shop/web'], ['*']]) {
        stream.write(create(DeltaDiscoveryRequestSchema, {
          typeUrl: TYPE_URL[type],
          node,
          resourceNamesSubscribe,
          initialResourceVersions: { 'news/web': 'old' },
        }));
      }
    }
    await until(
      () => ['Cluster', 'Listener', 'Secret'].every((type) => got.has(TYPE_URL[type as ResourceType])),
      'the first answers',
    );
    server.apply(source.update({ fleet: 'news/web', set: [cluster('news/web', { timeout: 7 })] }));
    server.apply(source.update({ fleet: 'shop/web', set: [cluster(`shop/web ${claim}`)] }));
    await until(() => names.includes(`shop/web ${claim}`), 'the name is told');
    assert.deepEqual(names.filter((name) => !name.startsWith('shop/web')), [], claim);
    const [status] = server.streams();
    assert.equal(status?.fleet, 'shop/web', claim);
    stream.cancel();
    await until(() => server.streams().length === 0, 'the streams end');
    server.apply(source.update({ fleet: 'shop/web', remove: [`Cluster|shop/web ${claim}`] }));
  }
});

test('a certificate of our root that names no Gateway opens nothing', async (t) => {
  const { connect, events } = await setUp(t);
  const others: Readonly<Record<string, IssuedLeaf>> = {
    controller: await leaf({ controllerIn: 'dragoman-system' }),
    'no Gateway': await oddLeaf(root, { names: [{ type: 'uri', value: 'spiffe://dragoman.dev/ns/shop' }] }),
    'two Gateways': await oddLeaf(root, { names: [uri('shop/web'), uri('news/web')] }),
    'another trust domain': await oddLeaf(root, {
      names: [{ type: 'uri', value: 'spiffe://example.com/ns/shop/gateway/web' }],
    }),
    'a DNS name': await oddLeaf(root, {
      names: [{ type: 'dns', value: 'spiffe://dragoman.dev/ns/a/gateway/b' }],
    }),
  };
  for (const [name, other] of Object.entries(others)) {
    assert.equal(await refused(connect(other)), status.PERMISSION_DENIED, name);
  }
  assert.deepEqual(events.map(({ event }) => event), Object.keys(others).map(() => 'denied'));
});

test('controllers know each other, and nobody else', async (t) => {
  const { access } = await setUp(t);
  const peer = ({ certificate }: IssuedLeaf): Peer => ({
    address: '',
    certificate: new X509Certificate(certificate).raw,
  });
  assert.equal(access.isController(peer(await leaf({ controllerIn: 'dragoman-system' }))), true);
  assert.equal(access.isController(peer(await leaf(WEB))), false);
  assert.equal(access.isController(peer(await leaf({ controllerIn: 'dragoman-system' }, foreign))), false);
  assert.equal(access.isController({ address: '' }), false);
});

test('new credentials are for new connections, and open streams go on', async (t) => {
  const { connect, replace, server, source } = await setUp(t);
  const stream = await open(connect(await leaf(WEB)));
  // As in a rotation: the successor is trusted, then it signs, then the old root is dropped.
  for (
    const credentials of [
      await serverBy(root, [root, foreign]),
      await serverBy(foreign, [foreign, root]),
      await serverBy(foreign),
    ]
  ) {
    replace(credentials);
    const name = `shop/web ${credentials.trust.length} ${credentials.certificate.length}`;
    const update = next(stream);
    server.apply(source.update({ fleet: 'shop/web', set: [cluster(`${name} ${Math.random()}`)] }));
    assert.equal((await update).length, 1);
    acknowledge(stream);
  }
  assert.equal(await refused(connect(await leaf(WEB), foreign)), status.UNAVAILABLE);
  const fresh = call(connect(await leaf(WEB, foreign), foreign));
  const first = next(fresh);
  ask(fresh, 'Cluster');
  assert.equal((await first).length, 4);
  assert.equal(server.streams().length, 2);
});

test('whoever a replaced authority let in is sent away, and does not come back', async (t) => {
  const { connect, replace, server } = await setUp(t);
  const client = connect(await leaf(WEB));
  const ended = code(await open(client));
  replace(await serverBy(foreign));
  assert.equal(await ended, status.UNAVAILABLE);
  assert.deepEqual(server.streams(), []);
  assert.notEqual(await refused(client), status.OK);
  assert.equal(await refused(connect(await leaf(WEB), foreign)), status.UNAVAILABLE);
  await open(connect(await leaf(WEB, foreign), foreign));
});

test('broken credentials change nothing', async (t) => {
  const { connect, replace } = await setUp(t);
  const good = await serverBy(root);
  for (const change of [{ certificate: 'x' }, { key: good.certificate }, { key: foreign.key }]) {
    assert.throws(() => replace({ ...good, ...change }));
  }
  await open(connect(await leaf(WEB)));
});

test('a stream outlives its certificate only until the next review', async (t) => {
  const { connect, server, pass } = await setUp(t);
  const stream = await open(connect(await leaf(WEB)));
  const ended = code(stream);
  pass(LIFETIMES.leaf - 10_000);
  server.review();
  assert.equal(server.streams().length, 1);
  pass(20_000);
  server.review();
  assert.equal(await ended, status.PERMISSION_DENIED);
  assert.deepEqual(server.streams(), []);
});

test('an old connection keeps its stream, and takes no other', async (t) => {
  const { connect, server, source } = await setUp(t, 100);
  const client = connect(await leaf(WEB));
  const stream = await open(client);
  await sleep(300);
  const update = next(stream);
  server.apply(source.update({ fleet: 'shop/web', set: [cluster('shop/web later')] }));
  assert.deepEqual(await update, ['shop/web later']);
  // Those that come before the client has heard of it are on the old one.
  const addresses = (): number => new Set(server.streams().map(({ peer }) => peer)).size;
  for (let streams = 2; addresses() < 2; streams++) {
    assert.ok(streams < 50, 'all are on one connection');
    const other = call(client);
    const first = next(other);
    ask(other, 'Cluster');
    await first;
    await sleep(20);
  }
});
