import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '../testing/free-port.ts';
import { Delivery, type DeliveryReport } from './delivery.ts';
import type { FleetRefusal } from './peer-message.ts';
import { PeerLink, PeerServer } from './peers.ts';

const KEY = 'ns/gw|Listener|l';
const REFUSAL: FleetRefusal = { fleet: 'ns/gw', hash: 'h', message: 'no', resource: 'Listener|l' };

/** A leader on a port of its own, that can go and come back. */
class Leader {
  readonly delivered = new Map<string, string | undefined>();
  readonly told: FleetRefusal[] = [];
  readonly delivery = new Delivery((updates) => {
    for (const { key, version } of updates) this.delivered.set(key, version);
  });
  readonly peers: PeerServer;
  known: FleetRefusal[] = [];
  port = 0;
  #server = new Server();

  constructor(authorize: () => boolean = () => true) {
    this.peers = new PeerServer({
      authorize,
      refusals: () => this.known,
      onReport: (replica, report) => this.delivery.report(replica, report),
      onRefusals: (refusals) => this.told.push(...refusals),
      onGone: (replica) => this.delivery.forget(replica),
    });
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    this.#server = new Server();
    this.peers.register(this.#server);
    await new Promise<void>((resolve, reject) =>
      this.#server.bindAsync(
        `127.0.0.1:${this.port}`,
        ServerCredentials.createInsecure(),
        (error) => error === null ? resolve() : reject(error),
      )
    );
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

function follow(leader: Leader, state: Delivery): { link: PeerLink; told: FleetRefusal[] } {
  const told: FleetRefusal[] = [];
  const link = new PeerLink({
    target: `127.0.0.1:${leader.port}`,
    credentials: credentials.createInsecure(),
    state: () => ({ report: state.reportOf('self'), refusals: [REFUSAL] }),
    onRefusals: (refusals) => told.push(...refusals),
  });
  return { link, told };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) assert.fail(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('PeerLink and PeerServer', () => {
  it('bring what proxies of a follower run and refuse to the leader, and back what others refuse', async () => {
    const leader = new Leader();
    leader.known = [{ ...REFUSAL, hash: 'known' }];
    await leader.start();
    const own = new Delivery(() => {});
    const first = { fleets: [{ fleet: 'ns/gw', proxies: 1 }], delivered: [{ key: KEY, version: '1' }] };
    own.report('self', first);
    const { link, told } = follow(leader, own);
    await until(() => leader.delivered.get(KEY) === '1', 'the first report');
    await until(() => told.length === 1, 'known refusals');
    assert.deepEqual(leader.told, [REFUSAL]);
    link.send({ report: { fleets: [], delivered: [{ key: KEY, version: undefined }] } });
    await until(() => leader.delivered.get(KEY) === undefined, 'the withdrawal');
    leader.peers.broadcast([{ ...REFUSAL, hash: 'new' }]);
    await until(() => told.length === 2, 'the new refusal');
    assert.deepEqual(told.map(({ hash }) => hash), ['known', 'new']);
    link.close();
    await until(() => leader.delivery.proxies('ns/gw') === 0, 'the end');
    leader.stop();
  });

  it('begin with everything again when the leader comes back', async () => {
    const leader = new Leader();
    await leader.start();
    const own = new Delivery(() => {});
    own.report('self', { fleets: [{ fleet: 'ns/gw', proxies: 1 }], delivered: [{ key: KEY, version: '1' }] });
    const { link } = follow(leader, own);
    await until(() => leader.delivered.get(KEY) === '1', 'the first report');
    leader.stop();
    await until(() => leader.delivered.get(KEY) === undefined, 'the loss');
    const change = { fleets: [], delivered: [{ key: KEY, version: '2' }] };
    own.report('self', change);
    link.send({ report: change });
    await leader.start();
    await until(() => leader.delivered.get(KEY) === '2', 'the report after the return');
    link.close();
    leader.stop();
  });

  it('lose nothing that is said faster than the leader reads', async () => {
    const leader = new Leader();
    await leader.start();
    const own = new Delivery(() => {});
    const { link } = follow(leader, own);
    const say = (report: DeliveryReport): void => {
      own.report('self', report);
      link.send({ report });
    };
    say({ fleets: [{ fleet: 'ns/gw', proxies: 1 }], delivered: [] });
    for (let version = 1; version <= 100; version++) {
      say({ fleets: [], delivered: [{ key: KEY, version: String(version) }] });
    }
    say({ fleets: [{ fleet: 'ns/gw', proxies: 0 }], delivered: [{ key: KEY, version: undefined }] });
    say({ fleets: [{ fleet: 'ns/other', proxies: 1 }], delivered: [] });
    await until(() => leader.delivery.proxies('ns/other') === 1, 'the last report');
    assert.equal(leader.delivery.proxies('ns/gw'), 0);
    assert.equal(leader.delivered.get(KEY), undefined);
    link.close();
    leader.stop();
  });

  it('refuse who is no replica', async () => {
    const leader = new Leader(() => false);
    await leader.start();
    const own = new Delivery(() => {});
    own.report('self', { fleets: [{ fleet: 'ns/gw', proxies: 1 }], delivered: [{ key: KEY, version: '1' }] });
    const { link, told } = follow(leader, own);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual([leader.delivered.size, leader.told, told], [0, [], []]);
    link.close();
    leader.stop();
  });
});
