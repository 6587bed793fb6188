import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap, type BootstrapOptions } from './bootstrap.ts';
import type { BootstrapJson } from './bootstrap-parts.ts';
import { staticBootstrap } from './testing/static-bootstrap.ts';
import { validate } from './validate.ts';

const node = { id: 'a', cluster: 'standalone' };
const socket = { path: '/nonexistent/xds.sock' };
const loopback = { host: '127.0.0.1', port: 18_000 };

const VARIANTS: Readonly<Record<string, BootstrapOptions>> = {
  'Unix sockets': { node, admin: { path: '/nonexistent/admin.sock' }, xds: socket },
  'loopback': { node, admin: { host: '127.0.0.1', port: 0 }, xds: loopback },
  'IPv6': { node, admin: { host: '::1', port: 0 }, xds: { host: '::1', port: 18_000 } },
  'limits': { node, admin: loopback, xds: socket, maxConnections: 10, maxHeapBytes: 2 ** 31 },
};

for (const [name, options] of Object.entries(VARIANTS)) {
  test(`bootstrap() with ${name} is one that Envoy accepts`, async () => {
    assert.deepEqual(await validate(bootstrap(options)), { ok: true });
  });
}

test('validate() says why Envoy refuses', async () => {
  const valid = staticBootstrap(loopback, 1);
  const refused: BootstrapJson = {
    ...valid,
    staticResources: { clusters: [{ name: 'a', connectTimeout: '-1s' }] },
  };
  const result = await validate(refused);
  assert.ok(!result.ok);
  assert.equal(result.message, 'Invalid duration: Expected positive duration: seconds: -1');
});

test('validate() rejects if Envoy cannot be run', async () => {
  await assert.rejects(validate({}, { binary: '/nonexistent/envoy' }), /ENOENT/);
});

test("bootstrap() lifts Envoy's default limit on regexes, which refuses ordinary ones", async () => {
  const regex = String.raw`/([a-z]{1,60}|\d{1,60})/x`;
  const accepted = withRegex(staticBootstrap(loopback, 1), regex);
  assert.deepEqual(await validate(accepted), { ok: true });
  const { layeredRuntime: _, ...byDefault } = accepted;
  const result = await validate(byDefault);
  assert.ok(!result.ok);
  assert.match(result.message, /program size/);
});

test('validate() takes many at once', async () => {
  const one = bootstrap({ node, admin: loopback, xds: socket });
  const results = await Promise.all(Array.from({ length: 12 }, () => validate(one)));
  assert.ok(results.every(({ ok }) => ok));
});

function withRegex(base: BootstrapJson, regex: string): BootstrapJson {
  const text = JSON.stringify(base).replace('"prefix":"/"', `"safeRegex":${JSON.stringify({ regex })}`);
  assert.ok(text.includes('safeRegex'));
  return JSON.parse(text) as BootstrapJson;
}
