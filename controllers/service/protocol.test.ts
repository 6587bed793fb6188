import assert from 'node:assert/strict';
import { test } from 'node:test';

import { httpRoute, routeWorld } from '../http-route/testing/route-world.ts';
import { backendProtocolOf } from './protocol.ts';

test('backendProtocolOf() knows the protocols that HTTP and gRPC can be sent by', () => {
  type Answer = ReturnType<typeof backendProtocolOf>;
  const cases: readonly (readonly [appProtocol: string | undefined, http: Answer, grpc: Answer])[] = [
    [undefined, { protocol: 'http1' }, { protocol: 'http2' }],
    ['http', { protocol: 'http1' }, { protocol: 'http2' }],
    ['kubernetes.io/h2c', { protocol: 'http2' }, { protocol: 'http2' }],
    ['kubernetes.io/ws', { protocol: 'http1', websocket: true }, undefined],
    ['kubernetes.io/wss', { protocol: 'http1', websocket: true, tls: true }, undefined],
    ['HTTPS', { protocol: 'http1', tls: true }, { protocol: 'http2', tls: true }],
    ['grpc', { protocol: 'http2' }, { protocol: 'http2' }],
    ['example.com/special', { protocol: 'http1' }, { protocol: 'http2' }],
    ['kubernetes.io/other', undefined, undefined],
    ['postgresql', undefined, undefined],
  ];
  for (const [appProtocol, http, grpc] of cases) {
    assert.deepEqual(backendProtocolOf('http', appProtocol), http, appProtocol);
    assert.deepEqual(backendProtocolOf('grpc', appProtocol), grpc, appProtocol);
  }
});

test('clusters are named by what they reach and how', () => {
  const world = routeWorld(
    `
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  ports:
  - { name: http, port: 80 }
  - { name: h2c, port: 81, appProtocol: kubernetes.io/h2c }
  - { name: ws, port: 82, appProtocol: kubernetes.io/ws }
` + httpRoute(`
  - matches: [{ path: { value: /a } }]
    backendRefs: [{ name: web, port: 82 }, { name: web, port: 81 }]
  - backendRefs: [{ name: web, port: 80 }, { name: web, port: 81 }]
`),
  );
  assert.deepEqual(world.clusters.values(), [
    {
      key: 'default/web/80',
      backend: { group: '', kind: 'Service', namespace: 'default', name: 'web' },
      discovery: { type: 'endpoints', service: 'default/web', port: 80 },
      protocol: 'http1',
    },
    {
      key: 'default/web/81/http2',
      backend: { group: '', kind: 'Service', namespace: 'default', name: 'web' },
      discovery: { type: 'endpoints', service: 'default/web', port: 81 },
      protocol: 'http2',
    },
    {
      key: 'default/web/82/websocket',
      backend: { group: '', kind: 'Service', namespace: 'default', name: 'web' },
      discovery: { type: 'endpoints', service: 'default/web', port: 82 },
      protocol: 'http1',
      websocket: true,
    },
  ]);
});
