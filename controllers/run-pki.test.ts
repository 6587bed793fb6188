import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeApi } from '../lib/kube/mod.ts';
import { type SecretTexts, secretType, textsOf } from '../lib/kube/secret.ts';
import { FakeApiServer } from '../lib/kube/testing/api-server.ts';
import { eventually } from '../lib/testing/eventually.ts';
import { quiet } from '../lib/testing/quiet.ts';
import { type Credentials, LIFETIMES, shareTrust } from '../lib/pki/mod.ts';
import { Pki, type PkiEvent, type PkiOptions, type WantedSecret } from './run-pki.ts';

const namespace = 'dragoman-system';
const DAY = 24 * 60 * 60 * 1_000;

function wanted(gateway: string, labels: Readonly<Record<string, string>> = {}): WantedSecret {
  const [namespace = '', name = ''] = gateway.split('/');
  return {
    gateway,
    secret: `${gateway}-dragoman-xds`,
    metadata: {
      namespace,
      name: `${name}-dragoman-xds`,
      labels: { ...labels, 'app.kubernetes.io/managed-by': 'dragoman' },
      ownerReferences: [{
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'Gateway',
        name,
        uid: `uid of ${gateway}`,
        controller: true,
      }],
    },
  };
}

interface Replica {
  readonly pki: Pki;
  readonly credentials: Credentials[];
  readonly drainKeys: string[];
  readonly events: PkiEvent[];
}

interface Setup {
  readonly server: FakeApiServer;
  readonly join: (name: string, options?: Partial<PkiOptions>) => Replica;
  /** What a Secret holds, by `namespace/name`. */
  readonly texts: (secret: string) => SecretTexts;
  readonly pass: (ms: number) => void;
  /** Writes so far. */
  readonly writes: () => number;
}

async function setUp(t: TestContext): Promise<Setup> {
  const server = await FakeApiServer.start([secretType]);
  const ends: (() => Promise<void>)[] = [];
  let ahead = 0;
  t.after(async () => {
    for (const end of ends) await end();
    await server.stop();
  });
  return {
    server,
    join: (name, options) => {
      const api = new KubeApi({ connection: server.connection, userAgent: name });
      const replica: Replica = { credentials: [], drainKeys: [], events: [], pki: undefined as never };
      const pki = new Pki({
        api,
        namespace,
        onCredentials: (credentials) => replica.credentials.push(credentials),
        onDrainKey: (key) => replica.drainKeys.push(key),
        onEvent: (event) => replica.events.push(event),
        timing: { pollMs: 50, eagerMs: 10, retryMs: [20, 100] },
        now: () => Date.now() + ahead,
        ...options,
      });
      pki.start();
      ends.push(async () => {
        await pki.stop();
        api.close();
      });
      return { ...replica, pki };
    },
    texts: (secret) => {
      const [namespace, name = ''] = secret.split('/');
      const object = server.get(secretType, { namespace, name });
      assert.ok(object, `there is no Secret ${secret}`);
      return textsOf(object);
    },
    pass: (ms) => {
      ahead += ms;
    },
    writes: () => server.requests.filter(({ method }) => method !== 'GET').length,
  };
}

/** Whom a Secret's certificate names, if the authority signed it. */
function identityIn({ texts }: Setup, secret: string): string | undefined {
  const leaf = new X509Certificate(texts(secret)['tls.crt'] ?? '');
  const { 'tls.crt': root = '', 'ca.crt': trust } = texts(`${namespace}/dragoman-ca`);
  assert.ok(leaf.verify(new X509Certificate(root).publicKey), `${secret} is signed by the authority`);
  assert.equal(texts(secret)['ca.crt'], trust);
  return leaf.subjectAltName;
}

/** Resolves when nothing more is written. */
function settled({ writes }: Setup): Promise<void> {
  return quiet(writes);
}

test('a leader makes the authority and what it signs, and a follower takes it over', async (t) => {
  const setup = await setUp(t);
  const follower = setup.join('follower');
  follower.pki.wanted([wanted('shop/web')]);
  await sleep(50);
  assert.equal(setup.server.list(secretType).length, 0);
  const leader = setup.join('leader');
  leader.pki.lead(true);
  leader.pki.wanted([wanted('shop/web', { team: 'a' })]);
  await eventually(() => assert.equal(follower.credentials.length + follower.drainKeys.length, 2));
  await eventually(() =>
    assert.equal(
      identityIn(setup, 'shop/web-dragoman-xds'),
      'URI:spiffe://dragoman.dev/ns/shop/gateway/web',
    )
  );
  await settled(setup);
  const secret = setup.server.get(secretType, { namespace: 'shop', name: 'web-dragoman-xds' });
  assert.equal(secret?.['type'], 'kubernetes.io/tls');
  assert.equal(secret?.metadata.labels?.['team'], 'a');
  assert.equal(secret?.metadata.ownerReferences?.[0]?.uid, 'uid of shop/web');
  assert.match(identityIn(setup, `${namespace}/dragoman-xds`) ?? '', /dragoman-xds\.dragoman-system\.svc,/);
  assert.deepEqual(follower.credentials, leader.credentials);
  assert.deepEqual(follower.drainKeys, leader.drainKeys);
  assert.match(leader.drainKeys[0] ?? '', /^[0-9a-f]{64}$/);
  // The drain key, the authority, its two leaves.
  assert.equal(setup.writes(), 4);
});

test('a follower asks for nothing but its two Secrets by name, and the leader for no more than its rights', async (t) => {
  const setup = await setUp(t);
  const follower = setup.join('follower');
  const leader = setup.join('leader');
  leader.pki.lead(true);
  leader.pki.wanted([wanted('shop/web')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await eventually(() => assert.equal(follower.credentials.length, 1));
  setup.server.delete(secretType, { namespace: 'shop', name: 'web-dragoman-xds' });
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  const asked = (agent: string): string[] =>
    [
      ...new Set(
        setup.server.requests.filter(({ headers }) => headers['user-agent'] === agent).map((
          { method, path, isWatch },
        ) => `${isWatch ? 'WATCH' : method} ${path.replace(/^.*\/v1\//, '')}`),
      ),
    ].sort();
  const own = `namespaces/${namespace}/secrets`;
  assert.deepEqual(asked('follower'), [`GET ${own}/dragoman-drain`, `GET ${own}/dragoman-xds`]);
  assert.deepEqual(asked('leader'), [
    `GET ${own}/dragoman-ca`,
    `GET ${own}/dragoman-drain`,
    `GET ${own}/dragoman-xds`,
    'GET namespaces/shop/secrets/web-dragoman-xds',
    'PATCH namespaces/shop/secrets/web-dragoman-xds',
    `POST ${own}`,
    'WATCH secrets',
  ]);
});

test('several that take themselves for the leader agree on one authority', async (t) => {
  const setup = await setUp(t);
  setup.server.delayMs = 5;
  const gateways = Array.from({ length: 20 }, (_, n) => wanted(`shop/web-${n}`));
  const replicas = ['a', 'b', 'c'].map((name) => setup.join(name));
  for (const { pki } of replicas) {
    pki.lead(true);
    pki.wanted(gateways);
  }
  await eventually(() => {
    for (const { secret } of gateways) identityIn(setup, secret);
  });
  await settled(setup);
  for (const { secret } of gateways) identityIn(setup, secret);
  const [first] = replicas;
  // Each reads the Secrets in its own time.
  await eventually(() => {
    for (const { drainKeys, credentials } of replicas) {
      assert.deepEqual(drainKeys, first?.drainKeys);
      assert.deepEqual(credentials.at(-1), first?.credentials.at(-1));
    }
  });
});

test('many Gateways are issued to once each, and one more costs one write', async (t) => {
  const setup = await setUp(t);
  const leader = setup.join('leader');
  leader.pki.lead(true);
  const gateways = Array.from({ length: 60 }, (_, n) => wanted(`ns-${n % 50}/web-${n}`));
  leader.pki.wanted(gateways);
  await eventually(() => assert.equal(setup.server.list(secretType).length, 63));
  await settled(setup);
  assert.equal(setup.writes(), 63);
  const { requests } = setup.server;
  const before = requests.length;
  leader.pki.wanted([...gateways.map((each) => structuredClone(each)), wanted('shop/new')]);
  await eventually(() => identityIn(setup, 'shop/new-dragoman-xds'));
  const caused = requests.slice(before).filter(({ path }) => !path.includes(`/${namespace}/`));
  assert.deepEqual(caused.map(({ method }) => method), ['GET', 'PATCH']);

  // Another leader finds all of them good.
  const next = setup.join('next');
  await leader.pki.stop();
  next.pki.wanted([...gateways, wanted('shop/new')]);
  next.pki.lead(true);
  await eventually(() => assert.equal(next.credentials.length, 1));
  await settled(setup);
  assert.equal(setup.writes(), 64);
});

test('what others delete or alter is made good, and what they say besides stays', async (t) => {
  const setup = await setUp(t);
  const { server } = setup;
  const { pki, events } = setup.join('leader');
  pki.lead(true);
  pki.wanted([wanted('shop/web'), wanted('shop/api')]);
  await eventually(() => identityIn(setup, 'shop/api-dragoman-xds'));
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  const identity = { namespace: 'shop', name: 'web-dragoman-xds' };
  await settled(setup);
  const api = setup.texts('shop/api-dragoman-xds');
  server.delete(secretType, identity);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await settled(setup);
  const secret = server.get(secretType, identity);
  assert.ok(secret);
  const data = { ...secret['data'] as SecretTexts, 'tls.crt': 'bm9uc2Vuc2U=', note: 'bWluZQ==' };
  server.put(secretType, { ...secret, data });
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  assert.equal(setup.texts('shop/web-dragoman-xds')['note'], 'mine');
  assert.deepEqual(setup.texts('shop/api-dragoman-xds'), api);
  const why = (): readonly string[] =>
    events.flatMap((event) =>
      event.event === 'written' && event.secret === 'shop/web-dragoman-xds' ? event.why : []
    );
  await eventually(() => assert.deepEqual(why(), ['missing', 'missing', 'broken']));
});

test('a Secret of that name that was not made for the Gateway stays as it is, and keeps no other from its own', async (t) => {
  const setup = await setUp(t);
  const { pki, events } = setup.join('leader');
  const foreign = setup.server.put(secretType, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: 'shop',
      name: 'web-dragoman-xds',
      labels: { 'app.kubernetes.io/managed-by': 'dragoman' },
    },
    data: { 'tls.crt': 'bWluZQ==' },
  });
  pki.lead(true);
  pki.wanted([wanted('shop/web'), wanted('shop/api')]);
  await eventually(() => identityIn(setup, 'shop/api-dragoman-xds'));
  await eventually(() =>
    assert.ok(events.some(({ event, secret }) => event === 'failed' && secret === 'shop/web-dragoman-xds'))
  );
  assert.equal(setup.server.get(secretType, { namespace: 'shop', name: 'web-dragoman-xds' }), foreign);
});

test('a Secret that cannot be had keeps no other from being described', async (t) => {
  const setup = await setUp(t);
  const { pki, events } = setup.join('leader');
  setup.server.put(secretType, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'shop', name: 'api-dragoman-xds' },
    data: { 'tls.crt': 'bWluZQ==' },
  });
  pki.lead(true);
  pki.wanted([wanted('shop/web', { team: 'a' }), wanted('shop/api')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await eventually(() => assert.ok(events.some(({ event }) => event === 'failed')));
  pki.wanted([wanted('shop/web', { team: 'b' }), wanted('shop/api')]);
  await eventually(() => {
    const { metadata } = setup.server.get(secretType, { namespace: 'shop', name: 'web-dragoman-xds' }) ?? {};
    assert.equal(metadata?.labels?.['team'], 'b');
  });
});

test('labels and owners follow the Gateway, without a new certificate', async (t) => {
  const setup = await setUp(t);
  const { pki } = setup.join('leader');
  pki.lead(true);
  pki.wanted([wanted('shop/web', { team: 'a', old: 'x' })]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  const before = setup.texts('shop/web-dragoman-xds');
  pki.wanted([wanted('shop/web', { team: 'b' })]);
  const labels = () =>
    setup.server.get(secretType, { namespace: 'shop', name: 'web-dragoman-xds' })?.metadata.labels;
  await eventually(() =>
    assert.deepEqual(labels(), { team: 'b', 'app.kubernetes.io/managed-by': 'dragoman' })
  );
  assert.deepEqual(setup.texts('shop/web-dragoman-xds'), before);
});

test('certificates are replaced in time, one write each', async (t) => {
  const setup = await setUp(t);
  const { pki, credentials } = setup.join('leader');
  pki.lead(true);
  pki.wanted([wanted('shop/web')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await settled(setup);
  const before = setup.texts('shop/web-dragoman-xds');
  const writes = setup.writes();
  setup.pass(19 * DAY);
  await sleep(150);
  assert.equal(setup.writes(), writes);
  setup.pass(2 * DAY);
  await eventually(() => assert.equal(credentials.length, 2));
  await settled(setup);
  assert.equal(setup.writes(), writes + 2);
  assert.notEqual(setup.texts('shop/web-dragoman-xds')['tls.key'], before['tls.key']);
  assert.equal(setup.texts('shop/web-dragoman-xds')['ca.crt'], before['ca.crt']);
});

test('a root follows another without a moment in which somebody is not trusted', async (t) => {
  const setup = await setUp(t);
  const { pki, credentials, events } = setup.join('leader');
  pki.lead(true);
  pki.wanted([wanted('shop/web')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  setup.pass(LIFETIMES.root - LIFETIMES.rootOverlap);
  const steps = () =>
    events.flatMap((event) =>
      event.event === 'written' && event.secret === `${namespace}/dragoman-ca` ? event.why : []
    );
  await eventually(() => assert.deepEqual(steps(), ['create', 'announce', 'settled']));
  setup.pass(LIFETIMES.settle);
  await eventually(() => assert.deepEqual(steps().slice(3), ['promote', 'settled']));
  setup.pass(LIFETIMES.settle);
  await eventually(() => assert.deepEqual(steps().slice(5), ['retire']));
  await settled(setup);
  identityIn(setup, 'shop/web-dragoman-xds');
  for (const [index, each] of credentials.entries()) {
    const before = credentials[index - 1];
    assert.ok(before === undefined || shareTrust(before, each));
  }
});

test('who deletes the authority gets another one, and keeps the drain key', async (t) => {
  const setup = await setUp(t);
  const leader = setup.join('leader');
  const follower = setup.join('follower');
  leader.pki.lead(true);
  leader.pki.wanted([wanted('shop/web')]);
  await eventually(() => assert.equal(follower.credentials.length, 1));
  await settled(setup);
  setup.server.delete(secretType, { namespace, name: 'dragoman-ca' });
  await eventually(() => assert.equal(follower.credentials.length, 2));
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  const [before, after] = follower.credentials;
  assert.ok(before !== undefined && after !== undefined && !shareTrust(before, after));
  assert.equal(follower.drainKeys.length, 1);
});

test('a namespace that refuses keeps no other Gateway from its certificate', async (t) => {
  const setup = await setUp(t);
  setup.server.fault = ({ method, path }) =>
    method === 'PATCH' && path.includes('/closed/') ? { status: 403 } : undefined;
  const { pki, events } = setup.join('leader');
  pki.lead(true);
  pki.wanted([wanted('closed/web'), wanted('shop/web')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await eventually(() =>
    assert.ok(events.some(({ event, secret }) => event === 'failed' && secret === 'closed/web-dragoman-xds'))
  );
  setup.server.fault = () => undefined;
  await eventually(() => identityIn(setup, 'closed/web-dragoman-xds'));
});

test('an API server that fails is asked again until it answers', async (t) => {
  const setup = await setUp(t);
  const faults = [{ status: 503 }, 'drop', 'lose', { status: 500 }, 'drop', 'lose'] as const;
  let count = 0;
  setup.server.fault = ({ isWatch }) => isWatch ? undefined : faults[count++];
  const { pki, credentials } = setup.join('leader');
  pki.lead(true);
  pki.wanted([wanted('shop/web')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await eventually(() => assert.equal(credentials.length, 1));
});

test('an API server that says nothing keeps nobody from stopping', async (t) => {
  const { server, join } = await setUp(t);
  server.fault = () => 'hang';
  const { pki } = join('leader');
  pki.lead(true);
  await eventually(() => assert.ok(server.requests.length > 0));
  const began = performance.now();
  await pki.stop();
  assert.ok(performance.now() - began < 8_000);
});

test('without the right to list Secrets, those of Gateways are looked at one by one', async (t) => {
  const setup = await setUp(t);
  const first = setup.join('first');
  first.pki.lead(true);
  first.pki.wanted([wanted('shop/web')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await settled(setup);
  await first.pki.stop();
  const writes = setup.writes();
  setup.server.fault = ({ path }) => path === '/api/v1/secrets' ? { status: 403 } : undefined;
  const { pki } = setup.join('second');
  pki.lead(true);
  pki.wanted([wanted('shop/web'), wanted('shop/api')]);
  await eventually(() => identityIn(setup, 'shop/api-dragoman-xds'));
  await settled(setup);
  assert.equal(setup.writes(), writes + 1);
});

test('who leads no more, or may not write at the moment, writes nothing', async (t) => {
  const setup = await setUp(t);
  let may = true;
  const { pki } = setup.join('leader', { mayWrite: () => may });
  pki.lead(true);
  pki.wanted([wanted('shop/web')]);
  await eventually(() => identityIn(setup, 'shop/web-dragoman-xds'));
  await settled(setup);
  const writes = setup.writes();
  may = false;
  pki.wanted([wanted('shop/web'), wanted('shop/api')]);
  await sleep(150);
  may = true;
  pki.lead(false);
  pki.wanted([wanted('shop/web'), wanted('shop/api'), wanted('shop/more')]);
  await sleep(150);
  assert.equal(setup.writes(), writes);
  assert.equal(setup.server.watchCount(secretType), 0);
  pki.lead(true);
  await eventually(() => identityIn(setup, 'shop/more-dragoman-xds'));
});
