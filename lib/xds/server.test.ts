import { Client, credentials, status } from '@grpc/grpc-js';
import { create, fromBinary } from '@bufbuild/protobuf';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from '../envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { TYPE_URL } from '../envoy/resource.ts';
import { createXdsServer, type StreamEvent } from './server.ts';
import { type Call, call, code } from './testing/client.ts';
import { cluster } from './testing/resources.ts';
import { createSource } from './testing/source.ts';

function ask(stream: Call): void {
  stream.write(create(DeltaDiscoveryRequestSchema, { typeUrl: TYPE_URL.Cluster, node: { id: 'n1' } }));
}

describe('createXdsServer()', () => {
  it('serves a stream, and says who is connected', async () => {
    const source = createSource();
    source.update({ set: [cluster('a')], fleet: 'standalone' });
    const events: StreamEvent[] = [];
    const server = createXdsServer({ ...source, onStream: (event) => events.push(event) });
    const port = await server.start();
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const stream = call(client);
    const first = new Promise<DeltaDiscoveryResponse>((resolve) => stream.once('data', resolve));
    stream.on('error', () => {});
    ask(stream);
    server.ready();
    assert.deepEqual((await first).resources.map(({ name }) => name), ['a']);
    assert.deepEqual(
      server.streams().map(({ fleet, node, types }) => ({
        fleet,
        node,
        types: types.map(({ type }) => type),
      })),
      [
        { fleet: 'standalone', node: 'n1', types: ['Cluster'] },
      ],
    );
    const ended = code(stream);
    await server.stop();
    assert.equal(await ended, status.OK);
    assert.deepEqual(events.map(({ event }) => event), ['opened', 'closed']);
    assert.deepEqual(server.streams(), []);
    client.close();
  });

  it('knows no other method, and denies who belongs to no fleet', async () => {
    const server = createXdsServer({ ...createSource(), authorize: () => undefined });
    const port = await server.start();
    server.ready();
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    assert.equal(await code(call(client, 'StreamAggregatedResources')), status.UNIMPLEMENTED);
    const denied = call(client);
    const result = code(denied);
    ask(denied);
    assert.equal(await result, status.PERMISSION_DENIED);
    client.close();
    await server.stop();
  });

  it('ends a stream that sends what is no request, and serves on', async () => {
    const server = createXdsServer(createSource());
    const port = await server.start();
    server.ready();
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const bad = client.makeBidiStreamRequest(
      '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
      (text: string) => Buffer.from(text),
      (bytes: Buffer) => fromBinary(DeltaDiscoveryResponseSchema, bytes),
    );
    const result = new Promise<number>((resolve) => bad.on('status', ({ code }) => resolve(code)));
    bad.on('data', () => {});
    bad.on('error', () => {});
    bad.write('\xff\xff\xff');
    assert.notEqual(await result, status.OK);
    const stream = call(client);
    stream.on('error', () => {});
    const first = new Promise<DeltaDiscoveryResponse>((resolve) => stream.once('data', resolve));
    ask(stream);
    assert.deepEqual((await first).resources, []);
    client.close();
    await server.stop();
  });

  it('rejects a port that is taken, and an open address without TLS', async () => {
    const one = createXdsServer(createSource());
    const port = await one.start();
    await assert.rejects(
      createXdsServer({ ...createSource(), port }).start(),
      /EADDRINUSE|address already in use/i,
    );
    await one.stop();
    assert.throws(() => createXdsServer({ ...createSource(), address: '0.0.0.0' }), /loopback/);
  });
});
