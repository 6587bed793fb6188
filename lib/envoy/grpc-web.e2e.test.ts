import assert from 'node:assert/strict';
import { createServer } from 'node:http2';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Route } from '../model/mod.ts';
import { encodeCluster } from './mod.ts';
import { resources, serve, type Served } from './testing/gateway.ts';
import { cluster, route } from './testing/models.ts';

const KEY = 'default/calls';

const calls: Route = route('/', { backends: [{ cluster: KEY, weight: 1 }] });

function call({ port }: Served, path: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/grpc-web' };
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: 'POST', headers, agent },
      (incoming) => {
        incoming.resume().on('end', () => resolve(incoming.statusCode)).on('error', reject);
      },
    );
    outgoing.on('error', reject).end(Buffer.alloc(5));
  });
}

test('calls by gRPC-Web leave nothing behind in Envoy, whatever paths clients make up', async (t) => {
  const backend = createServer();
  backend.on('stream', (stream) => {
    const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' };
    stream.respond(headers, { endStream: true });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const { port } = backend.address() as AddressInfo;
  const routes = [{ ...calls, match: { ...calls.match, grpc: true } as const }];
  const all = resources({ routes, backends: { [KEY]: port } }).map((each) =>
    each.type === 'Cluster' ? encodeCluster({ ...cluster(KEY), protocol: 'http2' }) : each
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  t.after(() => {
    agent.destroy();
    backend.close();
  });
  {
    await using served = await serve(all);
    let made = 0;
    const makeUp = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i += 4) {
        const paths = Array.from({ length: 4 }, () => `/some.long.name.of.Api${made++}/Method`);
        const statuses = await Promise.all(paths.map((path) => call(served, path, agent)));
        assert.deepEqual(new Set(statuses), new Set([200]));
      }
      return await served.memory();
    };
    const before = await makeUp(1000);
    const grown = await makeUp(4000) - before;
    assert.ok(grown < 4000 * 100, `4000 calls took ${grown} bytes`);
    assert.deepEqual(await served.stats('grpc-web'), {});
    const name = `cluster.${KEY}.upstream_rq_total`;
    assert.deepEqual(await served.stats(`^${name}$`), { [name]: 5000 });
  }
});
