import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RouteStatus } from '../../lib/api/mod.ts';
import {
  conditionsOf,
  httpRoute,
  KUBERNETES,
  listener,
  routeWorld,
  service,
} from '../http-route/testing/route-world.ts';

const WEB = service('web', 80) + httpRoute('  - backendRefs: [{ name: web, port: 80 }]');
const TWO_PARENTS = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, generation: 7 }
spec:
  parentRefs: [{ name: foreign }, { name: eg, sectionName: http }, { name: eg, sectionName: none }]
`;

test('each parent of ours has a status, with the parentRef as it is written', () => {
  const world = routeWorld(TWO_PARENTS, { settings: KUBERNETES });
  const status = world.routeStatuses.get('HTTPRoute/default/web')?.status as RouteStatus;
  assert.deepEqual(
    status.parents.map(({ parentRef, controllerName, conditions }) => [
      parentRef.sectionName,
      controllerName,
      conditions.map(({ type, reason }) => `${type}/${reason}`).join(' '),
    ]),
    [
      ['http', 'dragoman.dev/gateway-controller', 'Accepted/Accepted ResolvedRefs/ResolvedRefs'],
      ['none', 'dragoman.dev/gateway-controller', 'Accepted/NoMatchingParent ResolvedRefs/ResolvedRefs'],
    ],
  );
});

test('diagnostics say which parents are missing, foreign ones in standalone mode only', () => {
  const fields = (settings: typeof KUBERNETES | undefined): readonly string[] =>
    (routeWorld(TWO_PARENTS, settings === undefined ? {} : { settings }).routeDiagnostics.get(
      'HTTPRoute/default/web',
    )
      ?.diagnostics ?? []).filter(({ field }) => field.startsWith('spec.parentRefs'))
      .map(({ code, field }) => `${code} ${field}`);
  assert.deepEqual(fields(undefined), [
    'NoMatchingParent spec.parentRefs[0]',
    'NoMatchingParent spec.parentRefs[2]',
  ]);
  assert.deepEqual(fields(KUBERNETES), ['NoMatchingParent spec.parentRefs[2]']);
});

test('a route that nothing of ours is a parent of has an empty status', () => {
  const world = routeWorld(WEB, { listeners: [] });
  assert.deepEqual(world.routeStatuses.get('HTTPRoute/default/web')?.status, { parents: [] });
});

test('what Envoy refused is in the status: the whole route, or a part of it', () => {
  const message = 'route: invalid path';
  const whole = routeWorld(WEB, { refusal: () => ({ whole: true, message }) });
  assert.deepEqual(conditionsOf(whole), [
    'Accepted=False/UnsupportedValue@7',
    'ResolvedRefs=True/ResolvedRefs@7',
  ]);
  const part = routeWorld(WEB, {
    refusal: (key) => key === 'HTTPRoute/default/web' ? { whole: false, message } : undefined,
  });
  assert.deepEqual(conditionsOf(part), [
    'Accepted=True/Accepted@7',
    'ResolvedRefs=True/ResolvedRefs@7',
    'PartiallyInvalid=True/UnsupportedValue@7',
  ]);
  const [diagnostic] = part.routeDiagnostics.get('HTTPRoute/default/web')?.diagnostics ?? [];
  assert.deepEqual([diagnostic?.code, diagnostic?.message], ['RefusedByEnvoy', message]);
});

test('a route that asks for default Gateways, or for no parent at all, is told that nothing comes of it', () => {
  const world = routeWorld(
    service('web', 80) + httpRoute('  - backendRefs: [{ name: web, port: 80 }]')
      .replace('parentRefs: [{ name: eg }]', 'useDefaultGateways: All'),
  );
  const diagnostics = world.routeDiagnostics.get('HTTPRoute/default/web')?.diagnostics ?? [];
  assert.deepEqual(diagnostics.map(({ severity, code, field }) => `${severity} ${code} ${field}`), [
    'warning UnsupportedValue spec.useDefaultGateways',
    'warning NoParents spec.parentRefs',
  ]);
});

test('a route that is not accepted is not partially invalid', () => {
  const rules = `
  - matches: [{ path: { type: RegularExpression, value: '[' } }]
  - {}
`;
  const world = routeWorld(httpRoute(rules), { listeners: [listener({ namespaces: { from: 'None' } })] });
  assert.deepEqual(conditionsOf(world), [
    'Accepted=False/NotAllowedByListeners@7',
    'ResolvedRefs=True/ResolvedRefs@7',
  ]);
});
