import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCollector } from './collector.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';

function policy(name: string, tracing: string): string {
  return `
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XTelemetryPolicy
metadata: { name: ${name} }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: web }]
  tracing: ${tracing}
`;
}

const ENABLED = `{ mode: Enabled, serviceName: shop, spanName: ingress,
    provider: { backendRef: { name: collector, port: 4317 }, headers: [{ name: x-token, value: secret }] },
    attributes: [
      { name: tenant, sourceType: Header, headerName: X-Tenant },
      { name: stage, sourceType: Literal, literalValue: test }] }`.replaceAll('\n', ' ');

function conditionsOf(dragoman: Standalone, name: string): Record<string, string | undefined> {
  const { ancestors } = dragoman.status(`XTelemetryPolicy/default/${name}`) as { ancestors: unknown[] };
  return Object.fromEntries(
    ['Accepted', 'ResolvedRefs'].map((type) => [type, conditionOf(ancestors[0], type)?.reason]),
  );
}

test('a Gateway with an XTelemetryPolicy sends spans of its requests to a collector', async () => {
  await using collector = await startCollector();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'service.yaml': service('a') +
        service('collector', '{ port: 4317 }').replace('{echo:collector}', String(collector.port)),
      'route.yaml': httpRoute('web', { rules: '[{ backendRefs: [{ name: a, port: 80 }] }]' }),
      'policy.yaml': policy('traces', ENABLED),
    },
  });
  const port = dragoman.port('http');
  const get = (headers: Record<string, string> = {}) => send({ port, headers });
  // The listener comes when the collector's cluster is there.
  const { status, seen } = await eventually(() => get({ 'x-tenant': 'red' }));
  assert.equal(status, 200);
  assert.match(String(seen?.headers['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  await eventually(async () => {
    await Promise.resolve();
    const sent = collector.exports.find(({ text }) => text.includes('ingress'));
    assert.ok(sent !== undefined, 'a span is sent');
    assert.equal(sent.token, 'secret');
    for (const word of ['shop', 'tenant', 'red', 'stage', 'test']) assert.ok(sent.text.includes(word), word);
  });
  assert.deepEqual(conditionsOf(dragoman, 'traces'), { Accepted: 'Accepted', ResolvedRefs: 'ResolvedRefs' });

  // A parent decides, unless it is not to.
  const parent = (flags: string): Record<string, string> => ({
    traceparent: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`,
  });
  assert.match(
    String((await get(parent('00'))).seen?.headers['traceparent']),
    /^00-0af7651916cd43dd8448eb211c80319c-.*-00$/,
  );
  await dragoman.write(
    'policy.yaml',
    policy(
      'traces',
      ENABLED.replace('mode: Enabled,', 'mode: Enabled, parentBasedSampling: { mode: Disabled },'),
    ),
  );
  await eventually(async () =>
    assert.match(
      String((await get(parent('00'))).seen?.headers['traceparent']),
      /^00-0af7651916cd43dd8448eb211c80319c-.*-01$/,
    )
  );

  // Without a collector requests are served all the same.
  await dragoman.write('policy.yaml', policy('traces', ENABLED.replace('name: collector', 'name: missing')));
  await eventually(async () => {
    const answer = await get();
    assert.deepEqual([answer.status, answer.seen?.headers['traceparent']], [200, undefined]);
    assert.deepEqual(conditionsOf(dragoman, 'traces'), {
      Accepted: 'Accepted',
      ResolvedRefs: 'BackendNotFound',
    });
  });
  await dragoman.write('policy.yaml', policy('traces', ENABLED) + policy('untraced', '{ mode: Disabled }'));
  await eventually(async () => {
    await Promise.resolve();
    assert.equal(conditionsOf(dragoman, 'untraced')['Accepted'], 'Conflicted');
  });
});
