import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { gateway, httpRoute, service } from './manifests.ts';

test('a folder is served, and an edit is followed by the next request', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + service('b'),
      'route.yaml': httpRoute('web', { rules: '[{ backendRefs: [{ name: a, port: 80 }] }]' }),
    },
  });
  const port = dragoman.port('http');
  const first = await send({ port, host: 'www.example.com', path: '/x?y=1' });
  assert.equal(first.status, 200);
  assert.equal(first.seen?.name, 'a');
  await dragoman.write(
    'route.yaml',
    httpRoute('web', { rules: '[{ backendRefs: [{ name: b, port: 80 }] }]' }),
  );
  await eventually(async () => assert.equal((await send({ port, host: 'www.example.com' })).seen?.name, 'b'));
});

test('the status API tells what is wrong with files and with objects, and where', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'route.yaml': httpRoute('web', { rules: '[{ backendRefs: [{ name: gone, port: 80 }] }]' }),
    },
  });
  await dragoman.write(
    'route2.yaml',
    httpRoute('typo', { rules: '[{ backendRefs: [{ name: 7, port: 80 }] }]' }),
  );
  await eventually(async () => {
    const answer = await fetch(`${dragoman.running.statusUrl}/api/v1/diagnostics`);
    const { items } = await answer.json() as { items: Record<string, string>[] };
    const told = items.map((
      { name, code, field, source },
    ) => [name, code, field, source?.replace(/.*\//, '')]);
    assert.deepEqual(told, [
      ['web', 'BackendNotFound', 'spec.rules[0].backendRefs[0].name', 'route.yaml:9:35'],
      ['typo', 'BadManifest', 'spec.rules[0].backendRefs[0].name', 'route2.yaml:9:35'],
    ]);
  });
});
