import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode, manifestsIn } from './decode.ts';
import { formatPath, type Problem } from './problem.ts';

const route = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'a' },
  spec: {},
};

function gateway(listener: object): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'a' },
    spec: { gatewayClassName: 'b', listeners: [{ name: 'c', port: 80, protocol: 'HTTP', ...listener }] },
  };
}

/** `severity path: message (expected)`. */
function said(problems: readonly Problem[]): string[] {
  return problems.map(({ severity, path, message, expected }) =>
    `${severity} ${formatPath(path)}: ${message}${expected === undefined ? '' : ` (${expected})`}`
  );
}

function refusal(raw: unknown): string[] {
  const { object, problems } = decode(raw);
  assert.equal(object, undefined);
  return said(problems);
}

test('decode() fills all defaults of an HTTPRoute and adds its key', () => {
  const { object, problems } = decode({
    ...route,
    spec: {
      parentRefs: [{ name: 'gw' }],
      rules: [{
        matches: [{ headers: [{ name: 'x', value: 'y' }] }],
        filters: [{
          type: 'RequestRedirect',
          requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: '' } },
        }],
      }, { backendRefs: [{ name: 'b', port: 80 }], retry: {} }],
    },
  });
  assert.deepEqual(problems, []);
  const slash = { type: 'PathPrefix', value: '/' };
  assert.deepEqual(object, {
    key: 'default/a',
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'a', namespace: 'default', generation: 1 },
    spec: {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gw' }],
      rules: [{
        matches: [{ path: slash, headers: [{ type: 'Exact', name: 'x', value: 'y' }] }],
        filters: [{
          type: 'RequestRedirect',
          requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: '' }, statusCode: 302 },
        }],
      }, {
        matches: [{ path: slash }],
        backendRefs: [{ group: '', kind: 'Service', name: 'b', port: 80, weight: 1 }],
        retry: { attempts: 1 },
      }],
    },
  });
});

test('decode() gives a route without rules the rule that matches everything', () => {
  const { object } = decode(route);
  assert.ok(object?.kind === 'HTTPRoute');
  assert.deepEqual(object.spec, { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] });
});

test('decode() fills the defaults of a Gateway at all levels', () => {
  const plain = decode(gateway({})).object;
  assert.ok(plain?.kind === 'Gateway');
  assert.deepEqual(plain.spec.listeners[0]?.allowedRoutes, { namespaces: { from: 'Same' } });
  const partial =
    decode(gateway({ protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'd' }] }, allowedRoutes: {} }))
      .object;
  assert.ok(partial?.kind === 'Gateway');
  const [listener] = partial.spec.listeners;
  assert.deepEqual(listener?.tls, {
    mode: 'Terminate',
    certificateRefs: [{ group: '', kind: 'Secret', name: 'd' }],
  });
  assert.deepEqual(listener?.allowedRoutes, { namespaces: { from: 'Same' } });
});

test('decode() keeps nothing that nothing reads', () => {
  const { object, problems } = decode({
    ...route,
    metadata: {
      name: 'a',
      namespace: 'b',
      resourceVersion: '5',
      managedFields: [{ manager: 'kubectl' }],
      generation: 3,
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', c: 'd' },
    },
    status: { parents: [] },
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(object ?? {}).sort(), ['apiVersion', 'key', 'kind', 'metadata', 'spec']);
  assert.deepEqual(object?.metadata, { name: 'a', namespace: 'b', annotations: { c: 'd' }, generation: 3 });
});

test('decode() takes null as absent, but not in lists', () => {
  const { object, problems } = decode({
    ...route,
    metadata: { name: 'a', creationTimestamp: null },
    spec: { hostnames: null, rules: [{ filters: null, matches: [{ path: null }] }] },
  });
  assert.deepEqual(problems, []);
  assert.ok(object?.kind === 'HTTPRoute');
  assert.deepEqual(object.spec, { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] });
  assert.deepEqual(refusal({ ...route, spec: { rules: [null] } }), [
    'error spec.rules[0]: is empty (a mapping)',
  ]);
});

test('decode() warns of unknown fields with the nearest known one, and drops them', () => {
  const { object, problems } = decode({
    ...route,
    spec: { rules: [{ backendRef: [{ name: 'b' }], timeout: { request: '1s' } }] },
    statsu: {},
  });
  assert.deepEqual(said(problems), [
    'warning spec.rules[0].backendRef: is not a known field, so it has no effect (backendRefs)',
    'warning spec.rules[0].timeout: is not a known field, so it has no effect (timeouts)',
    'warning statsu: is not a known field, so it has no effect (status)',
  ]);
  assert.ok(object?.kind === 'HTTPRoute');
  assert.deepEqual(Object.keys(object.spec.rules[0] ?? {}), ['matches']);
});

test('decode() reports unknown fields beside the errors that they cause', () => {
  assert.deepEqual(refusal({ ...route, metadata: { nmae: 'a' } }), [
    'error metadata.name: is required (a string)',
    'warning metadata.nmae: is not a known field, so it has no effect (name)',
  ]);
});

test('decode() leaves unread fields of core kinds unreported', () => {
  const { object, problems } = decode({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a' },
    spec: { selector: { app: 'b' }, sessionAffinity: 'None', ports: [{ port: 80, nodePort: 30000 }] },
  });
  assert.deepEqual(problems, []);
  assert.ok(object?.kind === 'Service');
  assert.deepEqual(object.spec, {
    type: 'ClusterIP',
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
  });
});

test('decode() says what each wrong value should have been', () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ port: '80' }, 'port: is a string (a whole number)'],
    [{ port: 0 }, 'port: the number 0 is too small (at least 1)'],
    [{ port: 70000 }, 'port: the number 70000 is too large (at most 65535)'],
    [{ port: 80.5 }, 'port: is the number 80.5 (a whole number)'],
    [{ name: 5 }, 'name: is the number 5 (a string: put it in quotes, "5")'],
    [{ name: '' }, 'name: is empty'],
    [{ hostname: 'x'.repeat(300) }, 'hostname: is too long (at most 253 characters)'],
    [{ tls: [] }, 'tls: is a list (a mapping)'],
    [
      { allowedRoutes: { namespaces: { from: 'all' } } },
      'allowedRoutes.namespaces.from: "all" is not allowed (All)',
    ],
    [
      { allowedRoutes: { namespaces: { from: 'Nobody' } } },
      'allowedRoutes.namespaces.from: "Nobody" is not allowed (one of All, Selector, Same)',
    ],
  ];
  for (const [listener, expected] of wrong) {
    assert.deepEqual(refusal(gateway(listener)), [`error spec.listeners[0].${expected}`]);
  }
  const [hostname = ''] = refusal(gateway({ hostname: 'Foo.example' }));
  assert.match(
    hostname,
    /^error spec\.listeners\[0\]\.hostname: "Foo\.example" is not valid \(a DNS name: lower-case/,
  );
});

test('decode() reports all mistakes of an object at once', () => {
  const problems = refusal({
    ...route,
    spec: { hostnames: ['a b'], rules: [{ name: 'A' }, { matches: {} }] },
  });
  assert.deepEqual(problems.map((problem) => problem.split(':')[0]), [
    'error spec.hostnames[0]',
    'error spec.rules[0].name',
    'error spec.rules[1].matches',
  ]);
});

test('decode() takes only the versions that the CRDs serve', () => {
  assert.equal(decode({ ...route, apiVersion: 'gateway.networking.k8s.io/v1beta1' }).problems.length, 0);
  assert.deepEqual(refusal({ ...route, apiVersion: 'gateway.networking.k8s.io/v1alpha2' }), [
    'error apiVersion: gateway.networking.k8s.io/v1alpha2 is not a version of HTTPRoute ' +
    '(gateway.networking.k8s.io/v1 or gateway.networking.k8s.io/v1beta1)',
  ]);
});

test('decode() checks a TCPRoute by the schema of its version', () => {
  const rules = [{ backendRefs: [{ name: 'a', port: 1 }] }, { backendRefs: [{ name: 'b', port: 2 }] }];
  const tcp = { ...route, kind: 'TCPRoute', spec: { rules } };
  assert.deepEqual(decode({ ...tcp, apiVersion: 'gateway.networking.k8s.io/v1alpha2' }).problems, []);
  assert.deepEqual(refusal(tcp), ['error spec.rules: has 2 entries (at most 1 entries)']);
});

test('decode() tells misspelt kinds from kinds of others', () => {
  const unread = (kind: string): string =>
    `${kind} is not a kind that is read here, so the object has no effect`;
  assert.deepEqual(refusal({ ...route, kind: 'HttpRoute' }), [
    `error kind: ${unread('HttpRoute')} (HTTPRoute)`,
  ]);
  assert.deepEqual(refusal({ ...route, kind: 'Mesh' }), [`error kind: ${unread('Mesh')}`]);
  assert.deepEqual(refusal({ apiVersion: 'apps/v1', kind: 'Deployment' }), [
    `warning kind: ${unread('Deployment')}`,
  ]);
  const mesh = { apiVersion: 'gateway.networking.x-k8s.io/v1alpha1', kind: 'XMesh' };
  assert.deepEqual(refusal(mesh), [`warning kind: ${unread('XMesh')}`]);
  const istio = 'the Gateway of networking.istio.io/v1 is not read here, so the object has no effect';
  assert.deepEqual(refusal({ apiVersion: 'networking.istio.io/v1', kind: 'Gateway' }), [
    `warning apiVersion: ${istio} (gateway.networking.k8s.io/v1)`,
  ]);
  assert.deepEqual(refusal({ apiVersion: 'v1', kind: 'Gateway' }), [
    'error apiVersion: the Gateway of v1 is not read here, so the object has no effect (gateway.networking.k8s.io/v1)',
  ]);
  assert.deepEqual(refusal({ kind: 'Gateway' }), [
    'error apiVersion: is required (gateway.networking.k8s.io/v1)',
  ]);
});

test('decode() takes words such as Host only for legacy kinds where they are of their group', () => {
  const foreign = (kind: string): string[] => refusal({ apiVersion: 'a.example/v1', kind });
  for (const kind of ['Host', 'Post', 'Module', 'Modul']) {
    assert.deepEqual(foreign(kind), [
      `warning kind: ${kind} is not a kind that is read here, so the object has no effect`,
    ]);
  }
  assert.deepEqual(refusal({ apiVersion: 'getambassador.io/v2', kind: 'Modul' }), [
    'error kind: Modul is not a kind that is read here, so the object has no effect (Module)',
  ]);
  assert.deepEqual(refusal({ apiVersion: 'getambassador.io/v2', kind: 'FilterPolicy' }), [
    'error kind: FilterPolicy is a kind of Edge Stack that is not read here, so what it guards is served without it',
  ]);
  assert.deepEqual(refusal({ apiVersion: 'a.example/v1', kind: 'FilterPolicy' }), [
    'warning kind: FilterPolicy is not a kind that is read here, so the object has no effect',
  ]);
  assert.deepEqual(refusal({ apiVersion: 'ambassador/v1', kind: 'Mapping' }), [
    'error apiVersion: the Mapping of ambassador/v1 is read only in the annotation getambassador.io/config ' +
    '(getambassador.io/v3alpha1)',
  ]);
});

test('decode() refuses what is no manifest', () => {
  for (
    const raw of [undefined, null, 5, 'text', [], {}, { kind: 5 }, { kind: 'constructor', apiVersion: 'v1' }]
  ) {
    const { object, problems } = decode(raw);
    assert.equal(object, undefined);
    assert.equal(problems.length, 1);
  }
});

test('manifestsIn() takes a List apart', () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [route, 5] };
  assert.deepEqual(manifestsIn(list), [
    { raw: route, path: ['items', 0] },
    { raw: 5, path: ['items', 1] },
  ]);
  assert.deepEqual(manifestsIn(route), [{ raw: route, path: [] }]);
  assert.deepEqual(manifestsIn(null), []);
});

test('decode() counts characters as the API server does', () => {
  const described = (description: string): object => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'a' },
    spec: { controllerName: 'a.b/c', description },
  });
  assert.deepEqual(decode(described('\u{1F6A6}'.repeat(64))).problems, []);
  assert.deepEqual(refusal(described('\u{1F6A6}'.repeat(65))), [
    'error spec.description: is too long (at most 64 characters)',
  ]);
});

test('decode() asks for no quotes around what has no unit', () => {
  const manifest = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'r' },
    spec: { rules: [{ timeouts: { request: 5 } }] },
  };
  assert.equal(
    refusal(manifest)[0],
    'error spec.rules[0].timeouts.request: is the number 5 (up to four numbers with h, m, s or ms, such as 1h30m or 250ms)',
  );
});
