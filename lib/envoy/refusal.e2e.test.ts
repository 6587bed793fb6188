import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeEmptyCluster,
  encodeListener,
  encodeRouteSet,
  encodeVirtualHost,
  type Resource,
} from './mod.ts';
import { backend, get, resources, serve } from './testing/gateway.ts';
import { LISTENER, route, routeSet, virtualHost } from './testing/models.ts';

const ROUTES = [route('/bad', {}), route('/', {})];

function substituted(resource: Resource, port: number): Resource[] {
  const all = resources({ routes: ROUTES, backends: { 'default/echo': port } });
  return all.map((each) => each.key === resource.key ? resource : each);
}

test('in place of a refused cluster, requests get 503', async () => {
  await using echo = await backend((_, response) => response.end());
  await using envoy = await serve(substituted(encodeEmptyCluster('default/echo'), echo.port));
  assert.equal((await get(envoy.port, '/')).status, 503);
});

test('in place of a listener whose chains are all refused, connections are closed', async () => {
  const whole = encodeListener(LISTENER);
  const parts = new Set(whole.parts?.map(({ hash }) => hash));
  assert.equal(parts.size, 1);
  const substitute = encodeListener(LISTENER, (hash) => parts.has(hash));
  assert.notEqual(substitute.version, whole.version);
  await using envoy = await serve(substituted(substitute, 1));
  await assert.rejects(get(envoy.port, '/'), /ECONNRESET|hang up/);
});

test('in place of a refused route object, its own matches get 500', async () => {
  await using echo = await backend((_, response) => response.end());
  const bad = encodeRouteSet(routeSet('bad', ROUTES.slice(0, 1)));
  const good = encodeRouteSet(routeSet('good', ROUTES.slice(1)));
  const members = [bad, good].map((set) => ({ hostname: '*', set }));
  const substitute = encodeVirtualHost(virtualHost('*'), members, (hash) => hash === bad.hash);
  await using envoy = await serve(substituted(substitute, echo.port));
  assert.equal((await get(envoy.port, '/bad/a')).status, 500);
  assert.equal((await get(envoy.port, '/badly')).status, 200);
});
