import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, tlsSecret } from './certificates.ts';
import { assertShare, expectAnswers, seenHeader, tally } from './expect.ts';
import { legacy } from './legacy.ts';
import { service } from './manifests.ts';
import { askProxied } from './proxied.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

/** A Service whose annotation has these documents of v0. */
function annotated(...documents: readonly string[]): string {
  const text = documents.map((document) =>
    `      ---\n      ${document.trim().replaceAll('\n', '\n      ')}\n`
  ).join('');
  return `
---
apiVersion: v1
kind: Service
metadata:
  name: ambassador
  annotations:
    getambassador.io/config: |
${text}spec: { ports: [{ port: 80 }] }
`;
}

function v0(kind: string, name: string, more: string): string {
  return `{ apiVersion: ambassador/v0, kind: ${kind}, name: ${name}, ${more} }`;
}

test('of 0.39, weights are shares of what all have, or of what is left', async () => {
  const group = (path: string, weights: Readonly<Record<string, string>>): string[] =>
    Object.entries(weights).map(([name, weight]) =>
      v0('Mapping', `${path}-${name}`, `prefix: /${path}/, service: ${name}${weight}`)
    );
  await using dragoman = await Standalone.start({
    files: {
      'services.yaml': ['a', 'b', 'c'].map((name) => service(name)).join(''),
      'all.yaml': annotated(
        v0('Module', 'ambassador', 'config: { service_port: {port:http} }'),
        ...group('all', { a: ', weight: 30', b: ', weight: 10' }),
        ...group('rest', { a: ', weight: 20', b: '', c: '' }),
      ),
    },
  });
  const of = 2_000;
  const ask = (path: string) => tally({ port: dragoman.port('http'), path }, { times: of });
  const all = await ask('/all/');
  assertShare(all['a'], { of, share: 0.75, what: 'a, whose weight is 30 of 40' });
  assertShare(all['b'], { of, share: 0.25, what: 'b, whose weight is 10 of 40' });
  const rest = await ask('/rest/');
  for (const [name, share] of [['a', 0.2], ['b', 0.4], ['c', 0.4]] as const) {
    assertShare(rest[name], { of, share, what: `${name} of what is left` });
  }
});

test('of 0.39, Mappings wait, are compared and are limited as they were', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'services.yaml': service('a') + service('b'),
      'all.yaml': annotated(
        v0('Module', 'ambassador', 'config: { service_port: {port:http}, xff_num_trusted_hops: 1 }'),
        v0('CircuitBreaker', 'narrow', 'max_connections: 1, max_requests: 1, max_pending: 1'),
        v0('Mapping', 'endless', 'prefix: /endless/, service: a, timeout_ms: 0'),
        v0('Mapping', 'case', 'prefix: /Case/, service: a, case_sensitive: false'),
        v0('Mapping', 'narrow', 'prefix: /narrow/, service: a, circuit_breaker: narrow'),
        v0('Mapping', 'hosted', 'prefix: /, host: "shop[0-9].example", host_regex: true, service: b'),
        v0('Mapping', 'put', 'prefix: /put/, method: PUT, headers: { x-there: true }, service: b'),
      ),
    },
  });
  const port = dragoman.port('http');
  await expectAnswers(port, [
    { path: '/endless/?delay=3500', to: 504 },
    { path: '/Case/', to: 'a' },
    { path: '/case/', to: 404 },
    { path: '/', host: 'shop1.example', to: 'b' },
    { path: '/put/', method: 'PUT', headers: { 'x-there': '' }, to: 'b' },
    { path: '/put/', method: 'PUT', to: 404 },
  ]);
  const many = await tally({ port, path: '/narrow/?delay=300' }, { times: 6, parallel: 6 });
  assert.ok((many['503'] ?? 0) > 0 && (many['a'] ?? 0) > 0, JSON.stringify(many));
  const forwarded = await send({
    port,
    path: '/Case/',
    headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' },
  });
  assert.equal(seenHeader(forwarded, 'x-forwarded-proto'), 'https');
});

test('TLS that the tls Module, a TLSContext or a Secret asks for is made up, with the ports that redirect to it', async () => {
  const authority = await Authority.create('test');
  const secrets = await Promise.all(
    ['ambassador-certs', 'context', 'entry'].map(async (name) =>
      tlsSecret(name, await authority.issue({ commonName: name, names: [`${name}.example.com`] }))
    ),
  );
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': secrets.join('') + service('a') + annotated(
        v0('Module', 'ambassador', 'config: { service_port: {port:https} }'),
        v0(
          'Module',
          'tls',
          `config: {
          server: { redirect_cleartext_from: {port:clear} },
          entry: { hosts: [entry.example.com], secret: entry } }`.replaceAll(/\s*\n\s*/g, ' '),
        ),
        v0('TLSContext', 'context', 'hosts: [context.example.com], secret: context'),
        v0('Mapping', 'a', 'prefix: /, service: a'),
      ),
    },
  });
  const port = dragoman.port('https');
  const shown = async (serverName: string): Promise<unknown> => {
    const { status, seen, certificate } = await sendTls({ port, serverName });
    return [status, seen?.name, certificate];
  };
  assert.deepEqual(await shown('context.example.com'), [200, 'a', 'context']);
  assert.deepEqual(await shown('entry.example.com'), [200, 'a', 'entry']);
  assert.deepEqual(await shown('any.example.com'), [200, 'a', 'ambassador-certs']);
  for (const host of ['context.example.com', 'any.example.com']) {
    const { status, headers } = await send({ port: dragoman.port('clear'), host, path: '/x' });
    // Where any host is served, the port of the redirect is said.
    const port = host.startsWith('any') ? ':443' : '';
    assert.deepEqual([status, headers.location], [301, `https://${host}${port}/x`]);
  }
});

test('the PROXY protocol and redirects by X-Forwarded-Proto are as the ambassador Module says', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': service('a') + legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }') + legacy(
        'Module',
        'ambassador',
        '{ config: { service_port: {port:http}, use_proxy_proto: true } }',
      ),
    },
  });
  const port = dragoman.port('http');
  assert.equal((await askProxied({ port, version: 'v1', source: ['203.0.113.7', 1234] }))?.name, 'a');
  assert.equal(await askProxied({ port }).catch(() => undefined), undefined);
  await dragoman.write(
    'all.yaml',
    service('a') + legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }') +
      legacy(
        'Module',
        'ambassador',
        '{ config: { service_port: {port:second}, x_forwarded_proto_redirect: true } }',
      ),
  );
  await eventually(async () => {
    const second = dragoman.port('second');
    await expectAnswers(second, [{ headers: { 'x-forwarded-proto': 'https' }, to: 'a' }]);
    const { status, headers } = await send({
      port: second,
      host: 'www.example',
      headers: { 'x-forwarded-proto': 'http' },
    });
    assert.deepEqual([status, headers.location], [301, 'https://www.example:443/']);
  });
});
