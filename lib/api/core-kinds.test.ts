import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode } from './decode.ts';
import { formatPath } from './problem.ts';

const metadata = { name: 'a', namespace: 'b' };

function problemsOf(raw: unknown): string[] {
  return decode(raw).problems.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

test('a Namespace has no namespace and a DNS label for a name', () => {
  const namespace = (metadata: object): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata });
  assert.equal(decode(namespace({ name: 'a', labels: { b: 'c' } })).object?.key, 'a');
  assert.deepEqual(problemsOf(namespace(metadata)), [
    'metadata.namespace: is not a known field, so it has no effect',
  ]);
  assert.deepEqual(problemsOf(namespace({ name: 'a.b' })), ['metadata.name: "a.b" is not valid']);
});

test('metadata is checked as the API server does', () => {
  const config = (meta: object): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...metadata, ...meta },
  });
  assert.deepEqual(problemsOf(config({ name: 'a.b-c', labels: { 'd.e/f_G': 'h.I', j: '' } })), []);
  assert.deepEqual(problemsOf(config({ name: 'a_b' })), ['metadata.name: "a_b" is not valid']);
  assert.deepEqual(problemsOf(config({ namespace: 'a.b' })), ['metadata.namespace: "a.b" is not valid']);
  assert.deepEqual(problemsOf(config({ labels: { a: 'b c' } })), ['metadata.labels.a: "b c" is not valid']);
  assert.deepEqual(problemsOf(config({ labels: { a: true } })), ['metadata.labels.a: is the boolean true']);
  const [key = ''] = problemsOf(config({ annotations: { 'a b': 'c' } }));
  assert.match(key, /^metadata\.annotations\["a b"\]: key is not up to 63 letters/);
  assert.deepEqual(problemsOf(config({ annotations: { 'A.b/C': 'd' } })), []);
  assert.equal(problemsOf(config({ labels: { 'A.b/C': 'd' } })).length, 1);
  assert.deepEqual(problemsOf(config({ labels: null, annotations: { a: null } })), []);
  const [long = ''] = problemsOf(config({ annotations: { a: 'b'.repeat(300_000) } }));
  assert.match(long, /^metadata\.annotations: annotations are longer than 262144 characters/);
});

test('a Secret merges stringData into its base64 data', () => {
  const { object } = decode({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    data: { a: 'eA==', b: 'eQ=\n=\n', c: '' },
    stringData: { a: 'z', d: 'ü' },
  });
  assert.ok(object?.kind === 'Secret');
  assert.equal(object.type, 'Opaque');
  assert.deepEqual(object.data, { a: 'eg==', b: 'eQ==', c: '', d: 'w7w=' });
  assert.ok(!('stringData' in object));
});

test('a Secret with data that is not base64 is refused without showing it', () => {
  for (const text of ['hunter2!', 'abc', 'a===', '=aaa']) {
    const { object, problems } = decode({ apiVersion: 'v1', kind: 'Secret', metadata, data: { a: text } });
    assert.equal(object, undefined);
    assert.equal(formatPath(problems[0]?.path ?? []), 'data.a');
    assert.ok(!JSON.stringify(problems).includes(text));
  }
});

test('a ConfigMap has text and binary data', () => {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } };
  const { object } = decode(config);
  assert.ok(object?.kind === 'ConfigMap');
  assert.deepEqual(object.data, { a: 'b' });
  assert.deepEqual(object.binaryData, {});
  assert.deepEqual(problemsOf({ ...config, data: { a: 5 } }), ['data.a: is the number 5']);
});

test('a ClusterTrustBundle is named after its signer', () => {
  const named = (name: string, signerName?: string): object => ({
    apiVersion: 'certificates.k8s.io/v1beta1',
    kind: 'ClusterTrustBundle',
    metadata: { name },
    spec: { trustBundle: 'PEM', signerName },
  });
  const { object } = decode(named('example.com:a/b:v1'.replace('/', ':'), 'example.com/a/b'));
  assert.ok(object?.kind === 'ClusterTrustBundle');
  assert.equal(object.key, 'example.com:a:b:v1');
  assert.deepEqual(problemsOf(named('roots.v1')), []);
  assert.deepEqual(problemsOf(named('roots.v1', '')), []);
  assert.deepEqual(problemsOf(named('a:b')), [
    'metadata.name: is not a DNS name, as it must be without a signer',
  ]);
  assert.deepEqual(problemsOf(named('roots', 'example.com/signer')), [
    'metadata.name: is not example.com:signer: and a DNS name, as the signer demands',
  ]);
});

test('a Service has distinct ports, named if there are several', () => {
  const service = (...ports: object[]): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ports },
  });
  const { object } = decode(
    service({ name: 'a', port: 80, targetPort: 'http' }, {
      name: 'b',
      port: 80,
      protocol: 'UDP',
      targetPort: 53,
    }),
  );
  assert.ok(object?.kind === 'Service');
  assert.deepEqual(object.spec.ports?.map((port) => port.targetPort), ['http', 53]);
  assert.deepEqual(problemsOf(service({ port: 80 }, { port: 81 })), [
    'spec.ports[1].name: is required for each of several ports',
  ]);
  assert.deepEqual(problemsOf(service({ name: 'a', port: 80 }, { name: 'b', port: 80 })), [
    'spec.ports[1].port: another port has the same number and protocol',
  ]);
  assert.deepEqual(problemsOf(service({ port: 80, targetPort: 70000 })), [
    'spec.ports[0].targetPort: the number 70000 is too large',
  ]);
});

test('null fields of core kinds are absent', () => {
  const ports = [{ port: 80, name: null, targetPort: null }];
  const { object, problems } = decode({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIP: null, ports },
  });
  assert.deepEqual(problems, []);
  assert.ok(object?.kind === 'Service');
  assert.deepEqual(object.spec, {
    type: 'ClusterIP',
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
  });
});

test('a Service without a spec is an empty one', () => {
  const { object } = decode({ apiVersion: 'v1', kind: 'Service', metadata });
  assert.ok(object?.kind === 'Service');
  assert.deepEqual(object.spec, { type: 'ClusterIP' });
});

test('of an Ingress only the metadata and its class are kept, and nothing else can be wrong', () => {
  const annotations = { 'getambassador.io/config': 'kind: Mapping' };
  const read = (spec: unknown) =>
    decode({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...metadata, annotations },
      spec,
      status: { loadBalancer: {} },
    });
  const kept = {
    key: 'b/a',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata, annotations, generation: 1 },
  };
  const spec = { ingressClassName: 'web' };
  assert.deepEqual(read({ ...spec, rules: [{ host: 'a.example' }] }), {
    object: { ...kept, spec },
    problems: [],
  });
  assert.deepEqual(read({ ingressClassName: 1 }), { object: { ...kept, spec: undefined }, problems: [] });
});

test('an EndpointSlice has addresses of its type', () => {
  const slice = (addressType: string, ...addresses: string[]): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType,
    endpoints: [{ addresses, conditions: { ready: true }, hostname: 'x', targetRef: { kind: 'Pod' } }],
    ports: [{ port: 80 }],
  });
  const { object, problems } = decode(slice('IPv4', '127.0.0.1'));
  assert.deepEqual(problems, []);
  assert.ok(object?.kind === 'EndpointSlice');
  assert.deepEqual(object.endpoints, [{ addresses: ['127.0.0.1'], conditions: { ready: true } }]);
  assert.deepEqual(object.ports, [{ name: '', port: 80, protocol: 'TCP' }]);
  assert.deepEqual(problemsOf(slice('IPv6', '::1')), []);
  assert.deepEqual(problemsOf(slice('IPv6', '::1', '127.0.0.1')), [
    'endpoints[0].addresses[1]: is not of addressType IPv6',
  ]);
  assert.deepEqual(problemsOf(slice('IPv4', '127.0.0.256')), [
    'endpoints[0].addresses[0]: is not of addressType IPv4',
  ]);
});
