import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheDirectories, ENVOY_VERSION, findEnvoy } from './binary.ts';

test('findEnvoy() prefers the path given, then the environment, then the cache, then the PATH', () => {
  const root = mkdtempSync(join(tmpdir(), 'dragoman-binary-'));
  try {
    const given = program(root, 'given');
    const named = program(root, 'named');
    const cached = program(join(root, 'cache', 'dragoman', 'envoy', ENVOY_VERSION), 'envoy');
    const onPath = program(join(root, 'bin'), 'envoy');
    const env = {
      DRAGOMAN_ENVOY: named,
      XDG_CACHE_HOME: join(root, 'cache'),
      PATH: `/nonexistent:${join(root, 'bin')}`,
    };
    assert.equal(findEnvoy({ path: given, env }), given);
    assert.equal(findEnvoy({ env }), named);
    assert.equal(findEnvoy({ env: { ...env, DRAGOMAN_ENVOY: '' } }), cached);
    chmodSync(cached, 0o644);
    assert.throws(() => findEnvoy({ path: cached, env }), /--envoy names .* not an executable file/);
    assert.throws(() => findEnvoy({ env: { ...env, DRAGOMAN_ENVOY: root } }), /DRAGOMAN_ENVOY names/);
    assert.equal(findEnvoy({ env: { HOME: root, PATH: env.PATH } }), onPath);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('cacheDirectories() are those that set-up fills', async () => {
  // Plain JavaScript, without types, so that Node 20 can run it.
  const module = '../../hack/envoy-binary.mjs';
  const setup = await import(module);
  assert.equal(setup.ENVOY_VERSION, ENVOY_VERSION);
  for (
    const env of [{ HOME: '/home/a' }, { HOME: '/home/a', XDG_CACHE_HOME: '/var/cache/a' }, {
      XDG_CACHE_HOME: 'relative',
    }]
  ) {
    assert.deepEqual(cacheDirectories(env), setup.cacheDirectories(env));
  }
});

function program(directory: string, name: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  return path;
}
