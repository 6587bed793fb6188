import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { kinds } from '../api/mod.ts';
import { FakeApiServer } from '../kube/testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { dragoman, folder } from './testing/command.ts';

test('`run` takes a folder or a cluster, and not both', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /missing required argument 'dir', or --kubernetes/],
    [['--kubernetes', 'manifests'], /--kubernetes reads the API server, so it takes no folder: manifests/],
    [['--kubernetes', '--echo'], /--echo cannot be used with --kubernetes/],
    [['--kubernetes', '--bind', '0.0.0.0'], /--bind cannot be used with --kubernetes/],
    [['manifests', '--kubeconfig', 'file'], /--kubeconfig can only be used with --kubernetes/],
    [['manifests', '--no-leader-elect'], /--no-leader-elect can only be used with --kubernetes/],
    [['--kubernetes', '--pod-ip', 'here'], /Give an IP address/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await dragoman(['run', ...args]);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, message);
  }
});

test('`run --kubernetes` says which kubeconfig it cannot use', async (t) => {
  const root = folder(t, { 'broken': 'clusters: [' });
  for (const name of ['broken', 'missing']) {
    const file = join(root, name);
    const { code, err } = await dragoman(['run', '--kubernetes', '--kubeconfig', file]);
    assert.equal(code, 1);
    assert.match(err, new RegExp(`kubeconfig .*${name}`));
  }
});

/** Passes connections on, and knows of all; Node's HTTP/2 server does not always notice that one is broken off. */
async function relayTo(t: TestContext, port: number): Promise<{ port: number; open: ReadonlySet<Socket> }> {
  const open = new Set<Socket>();
  const relay = createServer((socket) => {
    open.add(socket.on('close', () => open.delete(socket)));
    const onward = connect(port, '127.0.0.1');
    for (const [from, to] of [[socket, onward], [onward, socket]] as const) {
      from.on('error', () => {}).on('close', () => to.destroy()).pipe(to);
    }
  });
  t.after(() => relay.close());
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  return { port: (relay.address() as AddressInfo).port, open };
}

test('`run --kubernetes` leaves no connection open that would keep the process alive', async (t) => {
  const server = await FakeApiServer.start(Object.values(kinds), { protocol: 'https/2' });
  t.after(() => server.stop());
  const { connection } = server;
  const { ca = '' } = (await connection.credentials()).tls;
  const relay = await relayTo(t, Number(new URL(connection.server).port));
  const cluster = {
    server: `https://127.0.0.1:${relay.port}`,
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
  };
  const kubeconfig = JSON.stringify({
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
  const args = ['--kubeconfig', join(folder(t, { kubeconfig }), 'kubeconfig'), '--log-level', 'error'];
  const stop = new AbortController();
  server.fault = () => {
    stop.abort();
    return undefined;
  };
  const { code, err } = await dragoman(
    ['run', '--kubernetes', ...args, '--status-address', '127.0.0.1:0'],
    { signal: stop.signal },
  );
  assert.deepEqual([code, err], [0, '']);
  assert.ok(stop.signal.aborted);
  await eventually(() => assert.equal(relay.open.size, 0));
});

test('`run --help` explains the options of a cluster apart', async () => {
  const { code, out } = await dragoman(['run', '--help']);
  assert.equal(code, 0);
  assert.match(out, /Options of --kubernetes:\s+--kubernetes/);
});
