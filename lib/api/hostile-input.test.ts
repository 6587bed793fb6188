import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { decode } from './decode.ts';
import { goodSamples, manifestOf, mutatedManifest } from './testing/mutated-manifest.ts';

function assertDecodes(raw: unknown): void {
  const { object, problems } = decode(raw);
  if (object === undefined) {
    assert.ok(problems.length > 0);
    return;
  }
  assert.ok(problems.every(({ severity }) => severity === 'warning'));
  const { key: _, ...manifest } = object;
  assert.deepEqual(decode(manifest), { object, problems: [] });
}

test('decode() never throws, and decoding its own output changes nothing', () => {
  fc.assert(fc.property(mutatedManifest, assertDecodes), { numRuns: 5000 });
});

test('decode() never throws on any value', () => {
  const anyManifest = fc.record({
    apiVersion: fc.constantFrom('gateway.networking.k8s.io/v1', 'v1'),
    kind: fc.constantFrom('HTTPRoute', 'Gateway', 'Secret', 'Service'),
    metadata: fc.anything(),
    spec: fc.anything(),
    data: fc.anything(),
  }, { requiredKeys: [] });
  fc.assert(fc.property(fc.oneof(fc.anything(), anyManifest), (raw) => void decode(raw)), { numRuns: 2000 });
});

test('decode() answers at once whatever a string holds', () => {
  const texts = [
    'a'.repeat(5_000_000),
    `${'a'.repeat(4000)}\n`,
    `${'a.'.repeat(2000)}_`,
    `${'%20'.repeat(300)}%`,
  ];
  for (const text of texts) {
    for (const sample of goodSamples) {
      const started = performance.now();
      const raw: unknown = JSON.parse(JSON.stringify(manifestOf(sample)), (key, value: unknown) => {
        return typeof value === 'string' && key !== 'kind' && key !== 'apiVersion' ? text : value;
      });
      decode(raw);
      assert.ok(performance.now() - started < 5000, `${sample.kind} took too long`);
    }
  }
});

test('decode() bears any depth', () => {
  for (const kind of ['HTTPRoute', 'Service'] as const) {
    for (const open of ['[', '{"a":', '{"rules":', '{"ports":[']) {
      const close = open === '[' ? ']' : open.endsWith('[') ? ']}' : '}';
      const spec: unknown = JSON.parse(`${open.repeat(100_000)}1${close.repeat(100_000)}`);
      const { problems } = decode(manifestOf({ kind, spec }));
      assert.ok(problems.length < 10);
    }
  }
});

test('`__proto__` as a key is refused where keys are free, for a selector without it would take everything', () => {
  const matchLabels: unknown = JSON.parse('{"__proto__": "x"}');
  const namespaces = { from: 'Selector', selector: { matchLabels } };
  const { object, problems } = decode({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'g' },
    spec: {
      gatewayClassName: 'c',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces } }],
    },
  });
  assert.equal(object, undefined);
  assert.deepEqual(problems.map(({ severity, path }) => [severity, path.at(-1)]), [['error', '__proto__']]);
});

test('no problem of a Secret shows its content', () => {
  for (
    const wrong of [{ stringData: { pin: 31337 } }, { data: { pin: 31337 } }, { data: 31337 }, {
      stringData: 'n31337',
    }]
  ) {
    const { problems } = decode({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...wrong });
    assert.equal(problems.length, 1);
    assert.doesNotMatch(JSON.stringify(problems), /31337/);
  }
});
