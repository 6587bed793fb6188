import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from './request.ts';
import { eventually, Standalone } from './standalone.ts';
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
