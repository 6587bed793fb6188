import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLegacySettings } from '../../lib/api/legacy/mod.ts';
import { Authority, tlsSecret } from './certificates.ts';
import { type Case, expectAnswers } from './expect.ts';
import { everyHost, legacy, listener } from './legacy.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const services = ['a', 'b', 'c', 'd'].map((name) => service(name)).join('');

function host(name: string, hostname: string, more = '', labels = '{}'): string {
  const spec = `{ hostname: "${hostname}", requestPolicy: { insecure: { action: Route } }${more} }`;
  return legacy('Host', name, spec, labels);
}

test('a Mapping is for a hostname, a pattern of them, or what a header says', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + everyHost() + services +
        legacy('Mapping', 'exact', '{ hostname: www.shop.example, prefix: /, service: a }') +
        legacy('Mapping', 'ending', '{ hostname: "*.shop.example", prefix: /, service: b }') +
        legacy('Mapping', 'beginning', '{ hostname: "shop.*", prefix: /, service: c }') +
        legacy('Mapping', 'authority', '{ headers: { ":authority": told.example }, prefix: /, service: d }') +
        legacy('Mapping', 'both', '{ hostname: both.example, host: other.example, prefix: /, service: d }'),
    },
  });
  await expectAnswers(dragoman.port('http'), [
    { host: 'www.shop.example', to: 'a' },
    { host: 'eu.shop.example', to: 'b' },
    // Over dots, and never for nothing.
    { host: 'www.eu.shop.example', to: 'b' },
    { host: 'shop.example', to: 'c' },
    { host: 'shop.anything.at.all', to: 'c' },
    { host: 'told.example', to: 'd' },
    { host: 'both.example', to: 'd' },
    { host: 'other.example', to: 404 },
    { host: 'nobody.example', to: 404 },
  ]);
});

/** What a Host selects, and Mappings of one label, of both, and without any; `named` is also for the Host's hostname. */
const selected = legacy('Mapping', 'one', '{ prefix: /one/, service: a }', '{ app: shop }') +
  legacy('Mapping', 'two', '{ prefix: /two/, service: b }', '{ app: shop, tier: web }') +
  legacy('Mapping', 'none', '{ prefix: /none/, service: c }') +
  legacy('Mapping', 'named', '{ hostname: "*", prefix: /named/, service: d }') +
  legacy(
    'Mapping',
    'named-two',
    '{ hostname: "*", prefix: /named-two/, service: d }',
    '{ app: shop, tier: web }',
  );

for (const strict of [true, false]) {
  test(`a Host has the Mappings that it selects by ${strict ? 'all' : 'any'} of their labels`, async () => {
    await using dragoman = await Standalone.start({
      settings: { legacy: { ...defaultLegacySettings, strictLabelSelectors: strict } },
      files: {
        'all.yaml': listener('http') + services + selected +
          host(
            'selecting',
            'selecting.example',
            ', mappingSelector: { matchLabels: { app: shop, tier: web } }',
          ) +
          host('open', 'open.example') +
          host('empty', 'empty.example', ', mappingSelector: {}'),
      },
    });
    const of = (host: string, to: Readonly<Record<string, string | number>>): Case[] =>
      Object.entries(to).map(([name, to]) => ({ host, path: `/${name}/`, to }));
    await expectAnswers(dragoman.port('http'), [
      ...of('selecting.example', {
        one: strict ? 404 : 'a',
        two: 'b',
        none: 404,
        // Where any label will do, so does the hostname alone.
        named: strict ? 404 : 'd',
        'named-two': 'd',
      }),
      // Without a selector the Mappings say where they belong.
      ...of('open.example', { one: 404, two: 404, none: 404, named: 'd', 'named-two': 'd' }),
      ...of('empty.example', { one: 404, two: 404, none: 404, named: 'd', 'named-two': 'd' }),
    ]);
  });
}

test('a Listener has the Hosts of its namespace or of all, with the labels that it selects', async () => {
  const bound = (name: string, binding: string): string =>
    legacy(
      'Listener',
      name,
      `{ port: {port:${name}}, protocol: HTTP, securityModel: XFP, hostBinding: { ${binding} } }`,
    );
  const elsewhere = (manifest: string): string => manifest.replace('name: far', 'namespace: far, name: far');
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': services + bound('all', 'namespace: { from: ALL }') +
        bound('own', 'namespace: { from: SELF }') +
        bound('labelled', 'selector: { matchLabels: { at: edge } }') +
        bound('chosen', 'namespace: { from: ALL }, selector: { matchLabels: { at: edge } }') +
        bound('both', 'namespace: { from: SELF }, selector: { matchLabels: { at: edge } }') +
        host('near', 'near.example') + host('edge', 'edge.example', '', '{ at: edge }') +
        elsewhere(host('far', 'far.example', '', '{ at: edge }')) +
        legacy('Mapping', 'all', '{ hostname: "*", prefix: /, service: a }'),
    },
  });
  const served = {
    all: ['near', 'edge', 'far'],
    own: ['near', 'edge'],
    labelled: ['edge'],
    chosen: ['edge', 'far'],
    both: ['edge'],
  };
  for (const [port, hosts] of Object.entries(served)) {
    await expectAnswers(
      dragoman.port(port),
      ['near', 'edge', 'far'].map((name) => ({
        host: `${name}.example`,
        to: hosts.includes(name) ? 'a' : 404,
      })),
    );
  }
});

test('resources are for the installations that they name', async () => {
  const of = (id: string): string =>
    legacy(
      'Mapping',
      `for-${id}`.toLowerCase().replaceAll('_', '-'),
      `{ ambassador_id: ["${id}"], hostname: "*", prefix: /${id}/, service: a }`,
    );
  await using dragoman = await Standalone.start({
    settings: { legacy: { ...defaultLegacySettings, ambassadorId: 'edge' } },
    files: {
      'all.yaml': services +
        [listener('http'), everyHost()].join('').replaceAll(
          'spec: {',
          'spec: { ambassador_id: [_automatic_],',
        ) +
        of('edge') + of('default') + of('--apiVersion-v3alpha1-only--edge').replaceAll('/--', '/x--') +
        legacy('Mapping', 'unsaid', '{ hostname: "*", prefix: /unsaid/, service: a }'),
    },
  });
  await expectAnswers(dragoman.port('http'), [
    { path: '/edge/', to: 'a' },
    { path: '/x--apiVersion-v3alpha1-only--edge/', to: 'a' },
    { path: '/default/', to: 404 },
    { path: '/unsaid/', to: 404 },
  ]);
});

/** The same objects in another namespace. */
function inNamespace(namespace: string, manifests: string): string {
  return manifests.replaceAll('metadata: {', `metadata: { namespace: ${namespace},`);
}

test('resources of other namespaces are ignored where the installation is for its own alone', async () => {
  const mapping = (prefix: string): string =>
    legacy('Mapping', 'a', `{ hostname: "*", prefix: ${prefix}, service: a }`);
  const annotated = `
---
apiVersion: v1
kind: Service
metadata:
  name: annotated
  namespace: other
  annotations:
    getambassador.io/config: |
      apiVersion: getambassador.io/v3alpha1
      kind: Mapping
      name: annotated
      hostname: "*"
      prefix: /annotated/
      service: a.edge
spec: { ports: [{ port: 80 }] }
`;
  const files = {
    'own.yaml': inNamespace('edge', listener('http') + everyHost() + service('a') + mapping('/own/')),
    'other.yaml': inNamespace(
      'other',
      listener('elsewhere') + service('a') + mapping('/other/') +
        legacy('Host', 'www', '{ hostname: www.example }') +
        legacy('Module', 'ambassador', '{ config: { server_name: other } }'),
    ) + annotated,
  };
  for (const singleNamespace of [true, false]) {
    await using dragoman = await Standalone.start({
      settings: { legacy: { ...defaultLegacySettings, namespace: 'edge', singleNamespace } },
      files,
    });
    const to = singleNamespace ? 404 : 'a';
    await expectAnswers(dragoman.port('http'), [
      { path: '/own/', to: 'a' },
      { path: '/other/', to },
      { path: '/annotated/', to },
      // That of the other namespace would redirect.
      { host: 'www.example', path: '/own/', to: singleNamespace ? 'a' : 301 },
    ]);
    const { headers } = await send({ port: dragoman.port('http'), path: '/own/' });
    assert.equal(headers.server, singleNamespace ? 'envoy' : 'other');
    const elsewhere = send({ port: dragoman.port('elsewhere'), path: '/own/' });
    if (singleNamespace) await assert.rejects(elsewhere, { code: 'ECONNREFUSED' });
    else assert.equal((await elsewhere).status, 200);
  }
});

test('Listeners bind the address of the installation, and those of Gateways what they did', async () => {
  await using dragoman = await Standalone.start({
    settings: { legacy: { ...defaultLegacySettings, bindAddress: '127.0.0.2' } },
    files: {
      'legacy.yaml': listener('http') + everyHost() + service('a') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }') +
        legacy('TCPMapping', 'a', '{ port: {port:tcp}, service: a }'),
      'gateway.yaml': gateway('[{ name: http, port: {port:gateway}, protocol: HTTP }]') +
        httpRoute('a', { rules: '[{ backendRefs: [{ name: a, port: 80 }] }]' }),
    },
  });
  const bound = { http: '127.0.0.2', tcp: '127.0.0.2', gateway: '127.0.0.1' };
  for (const [name, address] of Object.entries(bound)) {
    const port = dragoman.port(name);
    assert.equal((await send({ port, address })).seen?.name, 'a', name);
    const other = address === '127.0.0.1' ? '127.0.0.2' : '127.0.0.1';
    await assert.rejects(send({ port, address: other }), { code: 'ECONNREFUSED' }, name);
  }
});

test('without any Host there is one for everything, unless there is one that cannot be read', async () => {
  const authority = await Authority.create('test');
  const pair = await authority.issue({ commonName: 'fallback', names: ['fallback'] });
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('https', { protocol: 'HTTPS' }) + services +
        legacy('Mapping', 'all', '{ hostname: "*", prefix: /, service: a }'),
      'more.yaml': '',
    },
  });
  const port = dragoman.port('https');
  await expectAnswers(port, [{ host: 'www.example', to: 'a' }]);
  await dragoman.write('more.yaml', tlsSecret('fallback-self-signed-cert', pair));
  await eventually(async () => {
    const { seen, certificate } = await sendTls({ port, serverName: 'www.example' });
    assert.deepEqual([seen?.name, certificate], ['a', 'fallback']);
  });
  await eventually(() => expectAnswers(port, [{ host: 'www.example', to: 301 }]));
  await dragoman.write(
    'more.yaml',
    legacy('Host', 'broken', '{ hostname: www.example, requestPolicy: nothing }'),
  );
  await eventually(() => expectAnswers(port, [{ host: 'www.example', to: 404 }]));
});
