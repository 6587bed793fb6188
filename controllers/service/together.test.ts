import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../lib/model/mod.ts';
import { namedCluster } from './cluster.ts';
import { together } from './together.ts';

function service(name: string, port = 80, more: Partial<Cluster> = {}): Cluster {
  return namedCluster({
    backend: { group: '', kind: 'Service', namespace: 'default', name },
    port,
    protocol: 'http1',
    discovery: { type: 'endpoints', service: `default/${name}`, port },
    ...more,
  });
}

function hostname(name: string): Cluster {
  return namedCluster({
    backend: { group: '', kind: 'Hostname', namespace: 'dns', name },
    port: 80,
    protocol: 'http1',
    discovery: { type: 'hostname', hostname: name, port: 80 },
  });
}

test('together() is one cluster of all that are reached alike, named by what it reaches', () => {
  assert.deepEqual(together([]), { left: [] });
  assert.deepEqual(together([service('a'), service('a')]), { cluster: service('a'), left: [] });
  const { cluster, left } = together([service('a'), service('b', 81)]);
  assert.deepEqual([cluster?.discovery, left], [
    {
      type: 'endpoints',
      service: 'default/a',
      port: 80,
      more: [{ service: 'default/b', port: 81 }],
    },
    [],
  ]);
  assert.notEqual(cluster?.key, together([service('a'), service('c', 81)]).cluster?.key);
  assert.notEqual(cluster?.key, service('a').key);
  assert.deepEqual(together([hostname('a.example'), hostname('b.example')]).cluster?.discovery, {
    type: 'hostname',
    hostname: 'a.example',
    port: 80,
    more: [{ hostname: 'b.example', port: 80 }],
  });
});

test('together() leaves out what is reached in another way than the first', () => {
  const tls = { tls: { sni: 'b', trust: { type: 'system' } } } as const;
  const others = [hostname('a.example'), service('b', 80, tls), service('c', 80, { protocol: 'http2' })];
  assert.deepEqual(together([service('a'), ...others]), { cluster: service('a'), left: others });
});
