import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerProjection, RouteAttachment } from '../flow.ts';
import { listener, routeWorld } from '../http-route/testing/route-world.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';

interface Case {
  readonly name: string;
  readonly listeners: readonly ListenerProjection[];
  /** YAML flow mapping. */
  readonly parentRef?: string;
  readonly hostnames?: string;
  readonly namespace?: string;
  readonly more?: string;
}

function attach(
  { listeners, parentRef = '{ name: eg, namespace: default }', ...given }: Case,
): RouteAttachment {
  const { hostnames = '[]', namespace = 'default', more = '' } = given;
  const world = routeWorld(
    `${more}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: ${namespace} }
spec: { parentRefs: [${parentRef}], hostnames: ${hostnames} }
`,
    { listeners },
  );
  const attachment = world.attachments.get(`HTTPRoute/${namespace}/web`);
  assert.ok(attachment);
  return attachment;
}

const set = { group: GATEWAY_API, kind: 'ListenerSet', namespace: 'teams', name: 'own' };

test('a route attaches to all listeners of its parent that accept it', () => {
  const cases: readonly (Case & { readonly at: readonly string[] })[] = [
    {
      name: 'a whole Gateway',
      listeners: [listener(), listener({ section: 'other', port: 81 })],
      at: ['Gateway/default/eg/http', 'Gateway/default/eg/other'],
    },
    {
      name: 'a section',
      listeners: [listener(), listener({ section: 'other', port: 81 })],
      parentRef: '{ name: eg, sectionName: other }',
      at: ['Gateway/default/eg/other'],
    },
    {
      name: 'a port',
      listeners: [listener(), listener({ section: 'other', port: 81 })],
      parentRef: '{ name: eg, port: 80 }',
      at: ['Gateway/default/eg/http'],
    },
    {
      name: 'a ListenerSet of another namespace',
      listeners: [listener(), listener({ parent: set, section: 'http' })],
      parentRef: '{ kind: ListenerSet, name: own, namespace: teams }',
      at: ['ListenerSet/teams/own/http'],
    },
    {
      name: 'those that allow the namespace',
      listeners: [
        listener({ section: 'same', namespaces: { from: 'Same', namespace: 'default' } }),
        listener({
          section: 'chosen',
          namespaces: {
            from: 'Selector',
            selector: { matchLabels: { 'kubernetes.io/metadata.name': 'team' } },
          },
        }),
      ],
      namespace: 'team',
      at: ['Gateway/default/eg/chosen'],
    },
    {
      name: 'those that are accepted',
      listeners: [listener({ accepted: false }), listener({ section: 'other', port: 81 })],
      at: ['Gateway/default/eg/other'],
    },
  ];
  for (const { at, ...given } of cases) {
    const [parent] = attach(given).parents;
    assert.deepEqual(parent?.listeners.map((attached) => attached.listener), at, given.name);
    assert.equal(parent?.accepted && parent.reason, 'Accepted', given.name);
  }
});

test('a route that no listener accepts says why', () => {
  const tls = { kinds: [{ group: GATEWAY_API, kind: 'TLSRoute' }] };
  const cases: readonly (Case & { readonly reason: string })[] = [
    {
      name: 'no such section',
      listeners: [listener()],
      parentRef: '{ name: eg, sectionName: x }',
      reason: 'NoMatchingParent',
    },
    {
      name: 'no such port',
      listeners: [listener()],
      parentRef: '{ name: eg, port: 81 }',
      reason: 'NoMatchingParent',
    },
    {
      name: 'a section on another port',
      listeners: [listener()],
      parentRef: '{ name: eg, sectionName: http, port: 81 }',
      reason: 'NoMatchingParent',
    },
    { name: 'another kind', listeners: [listener(tls)], reason: 'NotAllowedByListeners' },
    {
      name: 'an unaccepted listener of another protocol',
      listeners: [listener({ protocol: 'TLS', kinds: [], accepted: false })],
      reason: 'NotAllowedByListeners',
    },
    {
      name: 'a listener of a ListenerSet that the Gateway refuses',
      listeners: [listener({ kinds: [], accepted: false })],
      reason: 'NoReadyListener',
    },
    {
      name: 'another namespace',
      listeners: [listener({ namespaces: { from: 'Same', namespace: 'default' } })],
      namespace: 'team',
      reason: 'NotAllowedByListeners',
    },
    {
      name: 'another hostname',
      listeners: [listener({ hostname: '*.example.com' })],
      hostnames: '[example.com, a.example.org]',
      reason: 'NoMatchingListenerHostname',
    },
    { name: 'not ready', listeners: [listener({ accepted: false })], reason: 'NoReadyListener' },
  ];
  for (const { reason, ...given } of cases) {
    const [parent] = attach(given).parents;
    assert.deepEqual([parent?.ours, parent?.accepted, parent?.reason], [true, false, reason], given.name);
    assert.notEqual(parent?.message, '');
    assert.deepEqual(parent?.listeners, []);
  }
});

test('parents without listeners of ours are not ours', () => {
  for (const parentRef of ['{ name: foreign }', '{ group: "", kind: Service, name: web }']) {
    const [parent] = attach({ name: parentRef, listeners: [listener()], parentRef }).parents;
    assert.deepEqual([parent?.ours, parent?.accepted], [false, false], parentRef);
  }
});

test('hostnames are intersections, each with the most specific hostname of the route behind it', () => {
  const cases: readonly (readonly [string | undefined, string, readonly string[]])[] = [
    [undefined, '[]', ['* of *']],
    ['*.example.com', '[]', ['*.example.com of *']],
    [undefined, '[a.com, "*.b.com"]', ['a.com of a.com', '*.b.com of *.b.com']],
    ['abc.example.com', '["*.com", "*.example.com"]', ['abc.example.com of *.example.com']],
    ['*.example.com', '[a.b.example.com, x.org]', ['a.b.example.com of a.b.example.com']],
  ];
  for (const [hostname, hostnames, expected] of cases) {
    const listeners = [listener(hostname === undefined ? {} : { hostname })];
    const [attached] = attach({ name: hostnames, listeners, hostnames }).parents[0]?.listeners ?? [];
    assert.deepEqual(
      attached?.hostnames.map(({ domain, own }) => `${domain} of ${own}`),
      expected,
      hostnames,
    );
  }
});

test('labels of a declared namespace count', () => {
  const selector = { matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] };
  const attachment = attach({
    name: 'labels',
    listeners: [listener({ namespaces: { from: 'Selector', selector } })],
    namespace: 'team',
    more: '{ apiVersion: v1, kind: Namespace, metadata: { name: team, labels: { tier: front } } }',
  });
  assert.equal(attachment.parents[0]?.accepted, true);
});

test('with a sectionName only that listener wakes the route', () => {
  const world = routeWorld(
    `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web }
spec: { parentRefs: [{ name: eg, sectionName: http }] }
`,
    { listeners: [listener(), listener({ section: 'other', port: 81 })] },
  );
  assert.deepEqual(
    world.graph.explain(world.attachments, 'HTTPRoute/default/web').filter((read) =>
      read.startsWith('listeners')
    ),
    [
      'listeners/Gateway/default/eg/http',
    ],
  );
});
