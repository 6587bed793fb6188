import * as fc from 'fast-check';
import { created, type Edit, edits, GATEWAY_API, hostname, namespace } from './random-edits.ts';

const serviceRef = fc.record({
  name: fc.constantFrom('a', 'b', 'gone'),
  namespace: fc.constantFrom('default', 'default', 'team'),
  port: fc.constantFrom(80, 80, 81),
  weight: fc.constantFrom(0, 1, 3),
});

const backendRef = fc.oneof(
  { arbitrary: serviceRef, weight: 3 },
  {
    arbitrary: fc.record({
      group: fc.constant('gateway.networking.x-k8s.io'),
      kind: fc.constant('XBackend'),
      name: fc.constantFrom('x', 'x', 'gone'),
    }),
    weight: 1,
  },
);

const filters = fc.constantFrom<readonly object[]>(
  [],
  [],
  [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value: '%y' }] } }],
  [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'b', port: 80 } } }],
  [{
    type: 'ExternalAuth',
    externalAuth: { protocol: 'HTTP', http: {}, backendRef: { name: 'a', port: 80 } },
  }],
  [{ type: 'ExtensionRef', extensionRef: { group: 'example.com', kind: 'Wasm', name: 'x' } }],
);

const rule = fc.record({
  path: fc.constantFrom(
    { type: 'PathPrefix', value: '/' },
    { type: 'PathPrefix', value: '/long' },
    { type: 'Exact', value: '/' },
    { type: 'RegularExpression', value: '/[a-z]+' },
    { type: 'RegularExpression', value: '(' },
  ),
  backendRefs: fc.array(backendRef, { maxLength: 2 }),
  filters,
  redirect: fc.integer({ min: 0, max: 5 }),
}).map(({ path, backendRefs, filters, redirect }) => ({
  matches: [{ path }],
  ...(redirect === 0
    ? { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] }
    : { filters, backendRefs }),
}));

const parentRef = fc.record({
  kind: fc.constantFrom('Gateway', 'Gateway', 'ListenerSet'),
  name: fc.constantFrom('one', 'two'),
  namespace: fc.constantFrom('default', 'team'),
}).map((ref) => ref.kind === 'Gateway' ? ref : { ...ref, name: ref.name === 'one' ? 'set' : 'more' });

const grpcRule = fc.record({
  method: fc.constantFrom(
    undefined,
    { service: 'a.B' },
    { method: 'C' },
    { type: 'RegularExpression', service: '[a-z]+' },
    { type: 'RegularExpression', method: '(' },
  ),
  backendRefs: fc.array(backendRef, { maxLength: 2 }),
  filters: filters.filter((list) => !JSON.stringify(list).includes('ExternalAuth')),
}).map(({ method, ...rule }) => ({ matches: method === undefined ? [] : [{ method }], ...rule }));

export const httpRoutes: fc.Arbitrary<Edit> = routesOf(
  'HTTPRoute',
  fc.array(rule, { minLength: 1, maxLength: 3 }),
);
export const grpcRoutes: fc.Arbitrary<Edit> = routesOf('GRPCRoute', fc.array(grpcRule, { maxLength: 3 }), [
  undefined,
  undefined,
  { 'dragoman.dev/grpc-web-origins': 'https://www.example.com' },
  { 'dragoman.dev/grpc-web-origins': 'no origin, *' },
]);

function routesOf(
  kind: string,
  rules: fc.Arbitrary<readonly object[]>,
  annotated: readonly (Readonly<Record<string, string>> | undefined)[] = [undefined],
): fc.Arbitrary<Edit> {
  return fc.tuple(namespace, fc.constantFrom('r1', 'r2', 'r3')).chain(([namespace, name]) =>
    edits(
      `${kind}/${namespace}/${name}`,
      fc.record({
        parentRefs: fc.uniqueArray(parentRef, {
          minLength: 1,
          maxLength: 2,
          selector: (ref) => JSON.stringify(ref),
        }),
        hostnames: fc.uniqueArray(hostname, { maxLength: 2 }),
        rules,
        created,
        annotations: fc.constantFrom(...annotated),
      }).map(({ created, annotations, ...spec }) => ({
        apiVersion: GATEWAY_API,
        kind,
        metadata: {
          name,
          namespace,
          ...(created === undefined ? {} : { creationTimestamp: created }),
          ...(annotations === undefined ? {} : { annotations }),
        },
        spec,
      })),
    )
  );
}

export const l4Routes: fc.Arbitrary<Edit> = fc.tuple(
  fc.constantFrom('TLSRoute', 'TCPRoute', 'UDPRoute'),
  namespace,
  fc.constantFrom('r1', 'r2'),
).chain(([kind, namespace, name]) =>
  edits(
    `${kind}/${namespace}/${name}`,
    fc.record({
      parentRefs: fc.uniqueArray(parentRef, {
        minLength: 1,
        maxLength: 2,
        selector: (ref) => JSON.stringify(ref),
      }),
      hostnames: fc.uniqueArray(hostname, { minLength: 1, maxLength: 2 }),
      backendRefs: fc.array(backendRef, { minLength: 1, maxLength: 3 }),
      created,
    }).map(({ created, parentRefs, hostnames, backendRefs }) => ({
      apiVersion: GATEWAY_API,
      kind,
      metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
      spec: { parentRefs, ...(kind === 'TLSRoute' ? { hostnames } : {}), rules: [{ backendRefs }] },
    })),
  )
);
