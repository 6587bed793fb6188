import { ChannelCredentials } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { type DeliveredUpdate, Delivery, type FleetRefusal } from '../lib/xds/mod.ts';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { freePort } from '../lib/testing/free-port.ts';
import { until } from '../lib/testing/until.ts';
import { SELF } from './run-engine.ts';
import { Replicas } from './run-replicas.ts';

const refusal: FleetRefusal = { fleet: 'shop/web', hash: 'h1', message: 'bad regex', resource: 'Cluster|c' };

interface Replica {
  readonly replicas: Replicas;
  readonly delivery: Delivery;
  readonly delivered: DeliveredUpdate[];
  readonly refused: FleetRefusal[];
  readonly address: string;
  readonly server: Server;
}

async function replica(t: TestContext, { isController = true, graceMs = 50 } = {}): Promise<Replica> {
  const replicas = new Replicas({
    access: { isController: () => isController },
    credentials: () => ChannelCredentials.createInsecure(),
    serverName: 'dragoman-xds.dragoman-system.svc',
    graceMs,
  });
  const delivered: DeliveredUpdate[] = [];
  const refused: FleetRefusal[] = [];
  const delivery = new Delivery((updates) => delivered.push(...updates));
  const server = new Server();
  replicas.server.register(server);
  const address = `127.0.0.1:${await freePort()}`;
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(
      address,
      ServerCredentials.createInsecure(),
      (error) => error === null ? resolve() : reject(error),
    );
  });
  t.after(() => {
    replicas.stop();
    server.forceShutdown();
  });
  replicas.join({ delivery, refuse: (refusals) => refused.push(...refusals) });
  return { replicas, delivery, delivered, refused, address, server };
}

/** What an engine does with what its own proxies say. */
function reports({ replicas, delivery }: Replica, report: Parameters<Delivery['report']>[1]): void {
  delivery.report(SELF, report);
  replicas.reported(report);
}

const running = {
  fleets: [{ fleet: 'shop/web', proxies: 1 }],
  delivered: [{ key: 'shop/web|L', version: 'v1' }],
};

test('the leader hears what the proxies of a follower run, also from before it was followed', async (t) => {
  const [leader, follower] = [await replica(t), await replica(t)];
  reports(follower, running);
  follower.replicas.follow(leader.address);
  await until(() => leader.delivered.length === 1, 'the first report');
  reports(follower, { fleets: [], delivered: [{ key: 'shop/web|L', version: 'v2' }] });
  await until(() => leader.delivered.length === 2, 'the second report');
  assert.deepEqual(leader.delivered.map(({ version }) => version), ['v1', 'v2']);
});

test('a follower that is gone counts no more', async (t) => {
  const [leader, follower] = [await replica(t), await replica(t)];
  reports(follower, running);
  follower.replicas.follow(leader.address);
  await until(() => leader.delivery.proxies('shop/web') === 1, 'the report');
  follower.replicas.stop();
  await until(() => leader.delivery.proxies('shop/web') === 0, 'the end');
  assert.deepEqual(leader.delivered.at(-1), { key: 'shop/web|L', version: undefined });
});

test('a follower that is back soon was never gone', async (t) => {
  const [leader, follower] = [await replica(t, { graceMs: 60_000 }), await replica(t)];
  reports(follower, running);
  follower.replicas.follow(leader.address);
  await until(() => leader.delivery.proxies('shop/web') === 1, 'the report');
  follower.replicas.renew();
  reports(follower, { fleets: [], delivered: [{ key: 'shop/web|L', version: 'v2' }] });
  await until(() => leader.delivered.at(-1)?.version === 'v2', 'the next version');
  assert.equal(leader.delivery.proxies('shop/web'), 1);
  assert.deepEqual(leader.delivered.filter(({ version }) => version === undefined), []);
});

test('what proxies of one replica refuse is told to all others once, whoever comes when', async (t) => {
  const [leader, first, late] = [await replica(t), await replica(t), await replica(t)];
  first.replicas.follow(leader.address);
  first.replicas.refused(refusal);
  await until(() => leader.refused.length === 1, 'the leader knows');
  late.replicas.follow(leader.address);
  await until(() => late.refused.length === 1, 'the late one knows');
  leader.replicas.refused({ ...refusal, hash: 'h2' });
  await until(() => first.refused.length === 1 && late.refused.length === 2, 'all know');
  assert.deepEqual(leader.refused, [refusal]);
  assert.deepEqual(first.refused.map(({ hash }) => hash), ['h2']);
});

test('nobody but a replica is heard', async (t) => {
  const leader = await replica(t, { isController: false });
  const stranger = await replica(t);
  reports(stranger, running);
  stranger.replicas.refused(refusal);
  stranger.replicas.follow(leader.address);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.deepEqual([leader.delivered, leader.refused], [[], []]);
});

test('for one that goes after stop() no timer runs', async (t) => {
  const graceMs = 54_321;
  const [leader, follower] = [await replica(t, { graceMs }), await replica(t)];
  reports(follower, running);
  follower.replicas.follow(leader.address);
  await until(() => leader.delivery.proxies('shop/web') === 1, 'the report');
  const { setTimeout } = globalThis;
  t.after(() => {
    globalThis.setTimeout = setTimeout;
  });
  const delays: unknown[] = [];
  globalThis.setTimeout = ((...call: Parameters<typeof setTimeout>) => {
    delays.push(call[1]);
    return setTimeout(...call);
  }) as typeof setTimeout;
  leader.replicas.stop();
  follower.replicas.stop();
  await new Promise((resolve) => leader.server.tryShutdown(resolve));
  assert.equal(delays.includes(graceMs), false);
});
