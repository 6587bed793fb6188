import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { check, goldens } from './golden.ts';

const files = goldens();

test('there are goldens of every kind', () => {
  assert.deepEqual([...new Set(files.map((file) => basename(dirname(dirname(file)))))].sort(), [
    'backend-tls-policy',
    'gateway',
    'gateway-class',
    'grpc-route',
    'http-route',
    'infra',
    'l4-route',
    'legacy',
    'listener-set',
    'reference-grant',
    'service',
    'telemetry-policy',
    'traffic-policy',
    'virtual-host',
    'x-backend',
  ]);
});

for (const file of files) {
  test(`golden ${basename(dirname(dirname(file)))}/${basename(file, '.yaml')}`, () => check(file));
}
