import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import type { Route } from '../model/mod.ts';
import { type VirtualHost, VirtualHostSchema } from './gen/envoy/config/route/v3/route_components_pb.ts';
import { ResourceSchema } from './gen/envoy/service/discovery/v3/discovery_pb.ts';
import { type EncodedMember, encodeRouteSet, encodeVirtualHost, type Resource, TYPE_URL } from './mod.ts';
import { hashOf } from './seal.ts';
import { route, routeSet, virtualHost } from './testing/models.ts';

const HOST = virtualHost('www.example.com');

function member(
  name: string,
  routes: readonly Route[],
  created = 0,
  hostname = 'www.example.com',
): EncodedMember {
  return { hostname, set: encodeRouteSet(routeSet(name, routes, created)) };
}

function named(path: string, name: string): Route {
  return { ...route(path), name };
}

function decoded(resource: Resource): VirtualHost {
  const sealed = fromBinary(ResourceSchema, resource.bytes);
  assert.ok(sealed.resource !== undefined);
  const host = anyUnpack(sealed.resource, VirtualHostSchema);
  assert.ok(host !== undefined);
  return host;
}

function order(members: readonly EncodedMember[]): string[] {
  return decoded(encodeVirtualHost(HOST, members)).routes.map(({ name }) => name);
}

test('encodeVirtualHost() gives bytes that protobuf reads, with a name by which VHDS can remove them', () => {
  const resource = encodeVirtualHost(HOST, [member('a', [route('/a')])]);
  const sealed = fromBinary(ResourceSchema, resource.bytes);
  assert.deepEqual([sealed.name, sealed.version], [HOST.key, resource.version]);
  assert.equal(sealed.resource?.typeUrl, TYPE_URL.VirtualHost);
  assert.equal(hashOf(sealed.resource?.value ?? new Uint8Array()), resource.version);
  const { name, domains, routes } = decoded(resource);
  assert.deepEqual([name, domains, routes.length], [HOST.key, ['www.example.com'], 1]);
});

test('encodeVirtualHost() puts more specific matches first, then older routes, then names', () => {
  const members = [
    member('b', [named('/', 'b/'), named('/long', 'b/long')], 2),
    member('c', [named('/', 'c/')], 1),
    member('a', [named('/', 'a/')], 2),
  ];
  const expected = ['b/long', 'c/', 'a/', 'b/'];
  assert.deepEqual(order(members), expected);
  assert.deepEqual(order(members.toReversed()), expected);
});

test('encodeVirtualHost() puts more specific hostnames before more specific matches', () => {
  assert.deepEqual(
    order([
      member('a', [named('/', 'exact')]),
      member('b', [named('/long', 'wildcard')], 0, '*.example.com'),
    ]),
    ['exact', 'wildcard'],
  );
});

test('encodeVirtualHost() keeps the order of the shares of one match', () => {
  const shares = [10, 20, 30].map((fraction) => route('/', {}, { name: `${fraction}`, fraction }));
  assert.deepEqual(order([member('a', shares), member('b', [named('/x', 'x')])]), ['x', '10', '20', '30']);
});

test('encodeVirtualHost() needs the clusters of all its routes', () => {
  const mirrors = [{ cluster: 'default/m', fraction: 1 }];
  const resource = encodeVirtualHost(HOST, [
    member('a', [route('/')]),
    member('b', [route('/', { mirrors })]),
  ]);
  assert.deepEqual(resource.needs, ['Cluster|default/echo', 'Cluster|default/m']);
});

test('encodeVirtualHost() answers 500 for the matches of a refused route object, and only for those', () => {
  const [good, bad] = [member('good', [named('/', 'good')]), member('bad', [named('/bad', 'bad')])];
  const whole = encodeVirtualHost(HOST, [good, bad]);
  const part = whole.parts?.find(({ source }) => source === bad.set.key);
  assert.ok(part !== undefined);
  const substitute = encodeVirtualHost(HOST, [good, bad], (hash) => hash === part.hash);
  const [first, second] = decoded(substitute).routes;
  assert.deepEqual([first?.name, first?.match?.pathSpecifier.value], ['bad', '/bad']);
  assert.equal(first?.action.case === 'directResponse' && first.action.value.status, 500);
  assert.equal(second?.action.case, 'route');
  assert.notEqual(substitute.version, whole.version);

  const refused = new Set([part.hash, ...(substitute.parts ?? []).map(({ hash }) => hash)]);
  const [only, ...others] = decoded(encodeVirtualHost(HOST, [good, bad], (hash) => refused.has(hash))).routes;
  assert.equal(only?.action.case === 'directResponse' && only.action.value.status, 500);
  assert.equal(others.length, 0);
});

test('encodeVirtualHost() answers 500 for everything if it is refused as a whole', () => {
  const members = [member('a', [route('/a')])];
  const whole = encodeVirtualHost(HOST, members);
  const { routes } = decoded(encodeVirtualHost(HOST, members, (hash) => hash === whole.version));
  assert.deepEqual(routes.map(({ match }) => match?.pathSpecifier.value), ['/']);
});

test('encodeVirtualHost() answers 421 first where a port has several chains', () => {
  const [first] = decoded(encodeVirtualHost({ ...HOST, chainId: 'a' }, [member('a', [route('/')])])).routes;
  assert.equal(first?.action.case === 'directResponse' && first.action.value.status, 421);
});
