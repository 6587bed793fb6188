import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DeliveredUpdate, Hub, type Stream } from './hub.ts';
import { fake, request } from './testing/fake.ts';
import { createSource, type Source } from './testing/source.ts';
import type { ResponseContent } from './wire.ts';

interface Proxy {
  readonly stream: Stream;
  readonly responses: ResponseContent[];
  /** ACKs the last response. */
  ack(): void;
}

function connect(hub: Hub): Proxy {
  const responses: ResponseContent[] = [];
  const stream = hub.open('f', (content) => responses.push(content));
  return {
    stream,
    responses,
    ack() {
      const last = responses.at(-1);
      if (last !== undefined) stream.request(request(last.type, { responseNonce: last.nonce }));
    },
  };
}

function create(): {
  hub: Hub;
  source: Source;
  delivered: DeliveredUpdate[];
  refused: string[];
  revisions: number[];
} {
  const source = createSource();
  const delivered: DeliveredUpdate[] = [];
  const refused: string[] = [];
  const revisions: number[] = [];
  const hub = new Hub({
    ...source,
    onDelivered: (updates) => delivered.push(...updates),
    onRefused: ({ hash }) => refused.push(hash),
    onAck: ({ revision }) => revisions.push(revision),
  });
  return { hub, source, delivered, refused, revisions };
}

describe('Hub', () => {
  it('serves nothing before the first configuration is complete', () => {
    const { hub, source } = create();
    const proxy = connect(hub);
    proxy.stream.request(request('Cluster'));
    hub.apply(source.update({ set: [fake('Cluster|a', '1')] }));
    assert.equal(proxy.responses.length, 0);
    hub.ready();
    assert.deepEqual(proxy.responses.map(({ resources }) => resources.map(({ name }) => name)), [['a']]);
  });

  it('reports a version as delivered when all connected proxies have it', () => {
    const { hub, source, delivered, revisions } = create();
    hub.ready();
    hub.apply(source.update({ set: [fake('Listener|l', '1')] }));
    const [one, two] = [connect(hub), connect(hub)];
    one.stream.request(request('Listener'));
    one.ack();
    assert.deepEqual(delivered.splice(0), [{ key: 'f|Listener|l', version: '1' }]);
    // One that has not answered yet takes nothing away.
    two.stream.request(request('Listener'));
    assert.deepEqual(delivered, []);
    two.ack();
    assert.deepEqual(delivered, []);
    hub.apply(source.update({ set: [fake('Listener|l', '2')] }));
    one.ack();
    assert.deepEqual(delivered.splice(0), [{ key: 'f|Listener|l', version: undefined }]);
    two.ack();
    assert.deepEqual(delivered.splice(0), [{ key: 'f|Listener|l', version: '2' }]);
    one.stream.close();
    assert.deepEqual(delivered, []);
    two.stream.close();
    assert.deepEqual(delivered, [{ key: 'f|Listener|l', version: undefined }]);
    assert.deepEqual(revisions, [1, 1, 2, 2]);
  });

  it('tells a refusal once, and gives the refused to no other proxy of the fleet', () => {
    const { hub, source, refused } = create();
    hub.ready();
    hub.apply(source.update({ set: [fake('Cluster|a', 'bad')] }));
    const [one, two] = [connect(hub), connect(hub)];
    for (const { stream } of [one, two]) stream.request(request('Cluster'));
    for (const { stream } of [one, two]) {
      stream.request(request('Cluster', { responseNonce: '1', errorDetail: { message: 'no' } }));
    }
    assert.deepEqual(refused, ['bad']);
    const three = connect(hub);
    three.stream.request(request('Cluster'));
    assert.deepEqual(three.responses.map(({ resources }) => resources), [[]]);
    hub.apply(source.update({ set: [fake('Cluster|a', 'good')] }));
    three.ack();
    assert.deepEqual(three.responses.at(-1)?.resources.map(({ version }) => version), ['good']);
  });

  it('writes the one virtual host of 5,000 that changed, and looks at no other', () => {
    const { hub, source } = create();
    hub.ready();
    let looked = 0;
    const hosts = Array.from({ length: 5000 }, (_, i) => {
      const host = fake(`VirtualHost|rc/h${i}`, `v${i}`);
      return Object.defineProperty({ ...host }, 'version', {
        enumerable: true,
        get: () => {
          looked++;
          return host.version;
        },
      });
    });
    hub.apply(source.update({ set: [fake('RouteConfiguration|rc', '1'), ...hosts] }));
    const proxy = connect(hub);
    proxy.stream.request(request('RouteConfiguration', { resourceNamesSubscribe: ['rc'] }));
    proxy.ack();
    proxy.stream.request(request('VirtualHost'));
    assert.equal(proxy.responses.at(-1)?.resources.length, 5000);
    proxy.ack();
    looked = 0;
    hub.apply(source.update({ set: [fake('VirtualHost|rc/h77', 'new')] }));
    assert.deepEqual(proxy.responses.at(-1)?.resources.map(({ version }) => version), ['new']);
    assert.ok(looked < 10, `${looked} versions read`);
  });
});
