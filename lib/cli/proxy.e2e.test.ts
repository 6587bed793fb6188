import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';

import { kinds } from '../api/mod.ts';
import { secretType } from '../kube/mod.ts';
import { encoded } from '../kube/secret.ts';
import { FakeApiServer } from '../kube/testing/api-server.ts';
import { newLeaf, newRoot } from '../pki/issue.ts';
import { LIFETIMES } from '../pki/mod.ts';
import { kubernetesBootstrap } from '../proxy/bootstrap-kubernetes.ts';
import { validate } from '../proxy/validate.ts';
import { dragoman, folder } from './testing/command.ts';

const options = { now: Date.now(), lifetimes: LIFETIMES };
const root = await newRoot(options);
const leaf = await newLeaf(root, { ...options, identity: { gateway: 'shop/web' } });
const inPods = kubernetesBootstrap({
  fleet: 'shop/web',
  xds: { host: '10.96.0.17', port: 18_000, name: 'dragoman-xds.dragoman-system.svc' },
  credentials: { directory: '/etc/dragoman/xds', secrets: '/etc/dragoman/bootstrap' },
  health: { host: '0.0.0.0', port: 19_001 },
  drain: { token: 'token', minMs: 5_000, maxMs: 60_000 },
  maxConnections: 7,
});

interface Setup {
  readonly server: FakeApiServer;
  readonly root: string;
  /** Runs `proxy bootstrap`. */
  readonly run: (...args: readonly string[]) => ReturnType<typeof dragoman>;
}

/** A cluster with Gateway `shop/web`, whose proxies are there. */
async function setUp(t: TestContext): Promise<Setup> {
  const server = await FakeApiServer.start([kinds.Gateway, kinds.ConfigMap, secretType]);
  t.after(() => server.stop());
  server.put(kinds.Gateway, {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { gatewayClassName: 'dragoman' },
  });
  server.put(kinds.ConfigMap, {
    metadata: { namespace: 'shop', name: 'web-dragoman' },
    data: { 'bootstrap.json': JSON.stringify(inPods) },
  });
  server.put(secretType, {
    metadata: { namespace: 'shop', name: 'web-dragoman-xds' },
    data: encoded({ 'tls.crt': leaf.certificate, 'tls.key': leaf.key, 'ca.crt': root.certificate }),
  });
  const kubeconfig = JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: server.connection.server } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
  const files = folder(t, { kubeconfig });
  return {
    server,
    root: files,
    run: (...args) => dragoman(['proxy', 'bootstrap', ...args, '--kubeconfig', join(files, 'kubeconfig')]),
  };
}

test('`proxy bootstrap` prints what Envoy starts with, without files', async (t) => {
  const { run } = await setUp(t);
  const { code, out, err } = await run('shop/web');
  assert.deepEqual([code, err], [0, '']);
  const bootstrap = parse(out);
  assert.deepEqual(await validate(bootstrap), { ok: true });
  assert.deepEqual(bootstrap.node, { cluster: 'shop/web', id: 'by-hand' });
  assert.doesNotMatch(out, /\/etc\/dragoman/);
  assert.match(out, /10\.96\.0\.17/);
  assert.match(out, /maxActiveDownstreamConnections: "?7/);
  // No socket of a Pod, which another proxy on this machine might have.
  assert.doesNotMatch(out, /@dragoman\/(admin|pause)/);
  assert.match(out, /@dragoman\/shop\/web\/by-hand\/admin/);
  assert.ok(out.includes(leaf.certificate.split('\n')[1] ?? 'none'));
});

test('`proxy bootstrap` takes other addresses, JSON, and a file that only its owner may read', async (t) => {
  const { run, root } = await setUp(t);
  const file = join(root, 'web.json');
  const addresses = ['--xds-address', '127.0.0.1:18001', '--health-address', '127.0.0.1:19002'];
  const { code, out } = await run('shop/web', ...addresses, '--node', 'two', '-o', 'json', '--write', file);
  assert.deepEqual([code, out], [0, '']);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  const bootstrap = JSON.parse(text);
  assert.deepEqual(await validate(bootstrap), { ok: true });
  const [health] = bootstrap.staticResources.listeners;
  assert.deepEqual(health.address.socketAddress, { address: '127.0.0.1', portValue: 19_002 });
  const [xds] = bootstrap.staticResources.clusters;
  assert.deepEqual(xds.loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress, {
    address: '127.0.0.1',
    portValue: 18_001,
  });
  assert.equal(xds.transportSocket.typedConfig.sni, 'dragoman-xds.dragoman-system.svc');
  assert.equal(bootstrap.node.id, 'two');
});

test('`proxy bootstrap` says what is missing', async (t) => {
  const { run, server } = await setUp(t);
  const other = await run('shop/other');
  assert.deepEqual([other.code, other.err], [1, 'error: there is no Gateway shop/other\n']);
  server.delete(secretType, { namespace: 'shop', name: 'web-dragoman-xds' });
  assert.match((await run('shop/web')).err, /Secret shop\/web-dragoman-xds .* has no certificate yet/);
  server.delete(kinds.ConfigMap, { namespace: 'shop', name: 'web-dragoman' });
  assert.match((await run('shop/web')).err, /has no proxies: ConfigMap shop\/web-dragoman is missing/);
  server.fault = () => ({ status: 403 });
  const denied = await run('shop/web');
  assert.deepEqual(denied.code, 1);
  assert.match(denied.err, /403 Forbidden/);
  const nowhere = await dragoman(['proxy', 'bootstrap', 'shop/web', '--kubeconfig', '/nonexistent']);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /kubeconfig \/nonexistent/);
});
