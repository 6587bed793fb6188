import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { KubeApi } from './client.ts';
import { LeaderElection, type LeaderElectionOptions, type Leadership } from './lease.ts';
import type { ResourceType } from './resource.ts';
import { FakeApiServer } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';

const leases: ResourceType = {
  group: 'coordination.k8s.io',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  versions: ['v1'],
};
/** Nobody's lease expires, however slow the machine. */
const timing = { durationMs: 600_000, renewMs: 300_000, retryMs: 20 };
/** Leases expire. */
const brief = { ...timing, durationMs: 1_000, renewMs: 500 };
const identity = { namespace: 'dragoman-system', name: 'dragoman' };

interface Replica {
  readonly election: LeaderElection;
  readonly changes: Leadership[];
  readonly errors: unknown[];
}

interface Setup {
  readonly server: FakeApiServer;
  readonly join: (name: string, options?: Partial<LeaderElectionOptions>) => Replica;
  readonly spec: () => Readonly<Record<string, unknown>>;
}

async function setUp(t: TestContext): Promise<Setup> {
  const server = await FakeApiServer.start([leases]);
  const ends: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const end of ends) await end();
    await server.stop();
  });
  return {
    server,
    join: (name, options) => {
      const api = new KubeApi({ connection: server.connection, userAgent: name });
      const changes: Leadership[] = [];
      const errors: unknown[] = [];
      const election = new LeaderElection({
        api,
        namespace: identity.namespace,
        identity: name,
        address: `${name}:18000`,
        onChange: (leadership) => changes.push(leadership),
        onError: (error) => errors.push(error),
        timing,
        ...options,
      });
      election.start();
      ends.push(async () => {
        await election.stop();
        api.close();
      });
      return { election, changes, errors };
    },
    spec: () => server.get(leases, identity)?.['spec'] as Readonly<Record<string, unknown>>,
  };
}

async function leads({ election }: Replica): Promise<void> {
  await eventually(() => assert.equal(election.leading, true));
}

test('one replica leads, renews, and is known to the others with its address', async (t) => {
  const { join, spec } = await setUp(t);
  const a = join('a');
  await leads(a);
  const b = join('b');
  await eventually(() => assert.equal(b.election.leadership.holder, 'a'));
  assert.deepEqual(b.changes, [{ leader: false, holder: 'a', address: 'a:18000' }]);
  const renewed = spec()['renewTime'];
  await eventually(() => assert.notEqual(spec()['renewTime'], renewed));
  assert.match(String(spec()['renewTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.equal(spec()['leaseDurationSeconds'], 600);
  assert.deepEqual(a.changes, [{ leader: true, holder: 'a', address: 'a:18000' }]);
  assert.deepEqual([a.errors, b.errors], [[], []]);
});

test('a leader that stops hands over at once', async (t) => {
  const { join, spec } = await setUp(t);
  const a = join('a');
  await leads(a);
  const b = join('b');
  const acquired = spec()['acquireTime'];
  await a.election.stop();
  assert.equal(a.election.leading, false);
  assert.equal(a.changes.at(-1)?.leader, false);
  await leads(b);
  assert.equal(spec()['leaseTransitions'], 1);
  assert.notEqual(spec()['acquireTime'], acquired);
});

test('a leader that dies is replaced once its lease has expired, and not before', async (t) => {
  const { server, join } = await setUp(t);
  server.put(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: identity,
    // Long ago by its own clock, which is not believed.
    spec: { holderIdentity: 'dead', leaseDurationSeconds: 1, renewTime: '2000-01-01T00:00:00.000000Z' },
  });
  const began = performance.now();
  await leads(join('b'));
  assert.ok(performance.now() - began >= 1_000);
});

test('a restarted leader goes on with its own lease', async (t) => {
  const { server, join, spec } = await setUp(t);
  const holder = {
    holderIdentity: 'a',
    leaseDurationSeconds: 600,
    acquireTime: '2026-01-01T00:00:00.000000Z',
  };
  server.put(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: identity,
    spec: holder,
  });
  await leads(join('a'));
  assert.equal(spec()['acquireTime'], holder.acquireTime);
  assert.equal(spec()['leaseTransitions'], 0);
});

test('a leader that cannot renew stops to lead in time, and may lead again', async (t) => {
  const { server, join } = await setUp(t);
  const a = join('a', { timing: brief });
  await leads(a);
  for (const fault of [{ status: 500 }, 'drop', 'hang'] as const) {
    server.fault = () => fault;
    const began = performance.now();
    for (let now = began; a.election.leading; now = performance.now()) {
      assert.ok(now - began < brief.durationMs);
      await sleep(5);
    }
    await eventually(() => assert.equal(a.changes.at(-1)?.leader, false));
    server.fault = () => undefined;
    await leads(a);
  }
  // It is told each time, and nothing twice. (More often, if the test itself stood still for so long.)
  assert.deepEqual(a.changes.map(({ leader }) => leader), a.changes.map((_, index) => index % 2 === 0));
  assert.ok(a.changes.length >= 7);
  assert.ok(a.errors.length > 0);
});

test('a leader whose lease was taken or deleted notices', async (t) => {
  const { server, join, spec } = await setUp(t);
  const a = join('a');
  await leads(a);
  server.put(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: identity,
    spec: { holderIdentity: 'thief', leaseDurationSeconds: 1 },
  });
  await eventually(() => assert.equal(a.election.leadership.holder, 'thief'));
  assert.equal(a.election.leading, false);
  await leads(a);
  server.delete(leases, identity);
  await eventually(() => assert.equal(spec()?.['holderIdentity'], 'a'));
});

test('of many replicas never two lead at the same time', async (t) => {
  const { server, join } = await setUp(t);
  const replicas = ['a', 'b', 'c', 'd'].map((name) => join(name, { timing: brief }));
  let terms = 0;
  const until = performance.now() + 3_000;
  for (let round = 0; terms === 0 || performance.now() < until; round++) {
    const leading = replicas.filter(({ election }) => election.leading);
    assert.ok(leading.length <= 1);
    if (round % 100 === 99) {
      server.fault = ({ headers }) =>
        headers['user-agent'] === 'a' || Math.random() < 0.3 ? { status: 500 } : undefined;
      terms++;
    }
    if (round % 100 === 49) server.fault = () => undefined;
    await sleep(2);
  }
  assert.ok(terms > 0);
});

test('a leader that stops in the midst of a renewal hands over as well', async (t) => {
  const { server, join, spec } = await setUp(t);
  const a = join('a');
  await leads(a);
  // It is made, but not answered in time.
  const made = new Promise<void>((resolve) => {
    server.fault = ({ method }) => {
      if (method !== 'PUT') return undefined;
      server.fault = () => undefined;
      const lease = server.get(leases, identity) ?? {};
      server.put(leases, { ...lease, metadata: identity, spec: { ...spec(), renewTime: 'now' } });
      resolve();
      return 'hang';
    };
  });
  await made;
  await a.election.stop();
  assert.equal(spec()['holderIdentity'], '');
});
