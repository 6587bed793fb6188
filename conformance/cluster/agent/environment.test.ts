import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environment, expand, Missing, podField, type Sources } from './environment.ts';
import type { Container, EnvVar, Pod } from './pod.ts';

const pod: Pod = {
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    labels: { 'app.kubernetes.io/name': 'web', tier: 'front' },
  },
  spec: { containers: [] },
};

const bytes = (text: string): Uint8Array => Buffer.from(text);
const sources: Sources = {
  secret: (key) => key === 'shop/token' ? { word: bytes('swordfish') } : undefined,
  configMap: () => undefined,
};

function variables(...env: readonly EnvVar[]): Record<string, string> {
  const container: Container = { name: 'c', image: 'i', env };
  return environment(container, { pod, address: '10.244.0.2', sources });
}

test('variables expand those before them', () => {
  assert.equal(expand('$(A)/$(B) $$(A)', { A: '1' }), '1/$(B) $(A)');
  assert.equal(variables({ name: 'A', value: 'x' }, { name: 'B', value: '$(A)y' })['B'], 'xy');
});

test('variables come from fields of the pod and from Secrets', () => {
  const env = variables(
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'WORD', valueFrom: { secretKeyRef: { name: 'token', key: 'word' } } },
  );
  assert.equal(env['IP'], '10.244.0.2');
  assert.equal(env['WORD'], 'swordfish');
});

test('a variable of a Secret that is not there keeps the container waiting, unless it is optional', () => {
  const from = (optional: boolean): EnvVar => ({
    name: 'WORD',
    valueFrom: { secretKeyRef: { name: 'gone', key: 'word', optional } },
  });
  assert.throws(() => variables(from(false)), Missing);
  assert.ok(!('WORD' in variables(from(true))));
});

test('fields are those of the downward API', () => {
  const field = (path: string) => podField(pod, { path, address: '10.244.0.2' });
  assert.equal(field('metadata.namespace'), 'shop');
  assert.equal(field("metadata.labels['app.kubernetes.io/name']"), 'web');
  assert.equal(field('metadata.labels'), 'app.kubernetes.io/name="web"\ntier="front"');
  assert.equal(field('metadata.annotations'), '');
});
