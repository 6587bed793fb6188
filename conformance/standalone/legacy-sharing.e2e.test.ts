import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../../lib/api/mod.ts';
import { Authority, tlsSecret } from './certificates.ts';
import { legacy } from './legacy.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

function host(name: string, hostname: string, more = ''): string {
  return legacy(
    'Host',
    name,
    `{ hostname: "${hostname}", requestPolicy: { insecure: { action: Route } }${more} }`,
  );
}

/** A Listener at a port that the Gateway `web` has. */
function shared(port: string): string {
  return `
---
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: { name: ${port}, annotations: { dragoman.dev/gateway: web } }
spec: { port: {port:${port}}, protocol: HTTPS, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }
`;
}

function cart(path: string): string {
  return httpRoute('cart', {
    more: 'hostnames: [shop.example.com]',
    rules: `[{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: a, port: 80 }] }]`,
  });
}

test('a hostname of a Gateway is served by HTTPRoutes first, then by Mappings', async () => {
  const authority = await Authority.create('CA');
  const certificate = await authority.issue({ commonName: 'shop', names: ['shop.example.com'] });
  const web = gateway(`[
    { name: http, protocol: HTTP, port: {port:http}, hostname: "*.example.com" },
    { name: https, protocol: HTTPS, port: {port:https}, hostname: "*.example.com",
      tls: { certificateRefs: [{ name: shop }] } }]`)
    .replace('listeners:', 'allowedListeners: { namespaces: { from: Same } }, listeners:');
  const services = ['a', 'b', 'c'].map((name) => service(name)).join('');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': web + tlsSecret('shop', certificate) + services,
      'legacy.yaml': shared('http') + shared('https') + host('shop', 'shop.example.com') +
        host('rest', '*', ', mappingSelector: { matchLabels: { of: rest } }') +
        legacy('Mapping', 'rest', '{ prefix: /rest/, service: c }', '{ of: rest }') +
        legacy('Mapping', 'shop', '{ hostname: shop.example.com, prefix: /, service: b }') +
        legacy('Mapping', 'items', '{ hostname: shop.example.com, prefix: /cart/items/, service: c }'),
      'route.yaml': cart('/cart'),
    },
  });
  const ask = async (path: string, host = 'shop.example.com'): Promise<string | number> => {
    const { status, seen } = await send({ port: dragoman.port('http'), host, path });
    return status === 200 ? seen?.name ?? 'nobody' : status;
  };
  // However long the prefix of a Mapping is.
  assert.equal(await ask('/cart/items/1'), 'a');
  assert.equal(await ask('/other'), 'b');
  // A Host for everything has what no other Host has, as far as the Gateway has a listener.
  assert.equal(await ask('/rest/', 'else.example.com'), 'c');
  assert.equal(await ask('/rest/'), 'b');
  assert.equal(await ask('/rest/', 'shop.example.org'), 404);
  const secure = await sendTls({
    port: dragoman.port('https'),
    serverName: 'shop.example.com',
    ca: authority.cert,
    path: '/cart/items/1',
  });
  assert.deepEqual([secure.status, secure.seen?.name], [200, 'a']);

  await dragoman.write('route.yaml', cart('/elsewhere'));
  await eventually(async () => assert.equal(await ask('/cart/items/1'), 'c'));

  // What no listener of the Gateway is for is not served, and told so until there is one.
  const accepted = (kind: string): Condition | undefined =>
    conditionOf(dragoman.status(`${kind}/default/outside`), 'Accepted');
  await dragoman.write(
    'outside.yaml',
    host('outside', 'outside.example.org') +
      legacy('Mapping', 'outside', '{ hostname: outside.example.org, prefix: /, service: b }'),
  );
  for (const kind of ['Host', 'Mapping']) {
    await eventually(() => assert.equal(accepted(kind)?.reason, 'NoMatchingListener', kind));
  }
  assert.equal(await ask('/', 'outside.example.org'), 404);
  const wider = web.replaceAll('hostname: "*.example.com"', 'hostname: "*.example.org"');
  await dragoman.write('gateway.yaml', wider + tlsSecret('shop', certificate) + services);
  await eventually(async () => assert.equal(await ask('/', 'outside.example.org'), 'b'));
  for (const kind of ['Host', 'Mapping']) {
    await eventually(() => assert.equal(accepted(kind)?.status, 'True', kind));
  }
});
