import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cluster } from '../../../conformance/cluster/cluster.ts';
import { failuresOf } from './bars.ts';
import type { KubernetesResult } from './result.ts';

const BENCH = fileURLToPath(new URL('../../bench.ts', import.meta.url));

test('the benchmark in Kubernetes measures every change and counts every write, under load', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dragoman-bench-'));
  try {
    const json = join(folder, 'results.json');
    const args = ['--kubernetes', '--routes', '20', '--samples', '2', '--json', json];
    const child = spawn(process.execPath, [BENCH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => output += chunk);
    }
    const [code] = await once(child, 'close') as [number];
    assert.equal(code, 0, output);
    const { results: [result] } = JSON.parse(await readFile(json, 'utf8')) as { results: KubernetesResult[] };
    assert.ok(result);
    const { changes, parts, load, newProxy, restart, peakMemory, others } = result;
    for (const { applied, served, cpu } of changes) {
      assert.ok(served.count === 2 && applied.p50 < served.p50 && cpu > 0, output);
    }
    assert.deepEqual(changes.map(({ change, status }) => [change, status?.count]), [
      ['route', 2],
      ['EndpointSlice', undefined],
      ['new route', 2],
      ['moved route', 2],
    ]);
    assert.ok(load.applying > 0 && load.cpu > 0 && peakMemory > 50e6);
    assert.ok(others.processes >= 0 && others.processes < 1 && others.host >= 0);
    assert.ok(newProxy.count === 2 && restart.served.count === 2 && restart.status.count === 2);
    assert.deepEqual(parts.map(({ part }) => part), [
      'all applied',
      'route',
      'EndpointSlice',
      'new route',
      'moved route',
      'new Envoy',
      'controller replaced',
      'controller killed',
    ]);
    for (const part of parts) assert.equal(failuresOf(part), 0, output);
    const [all, route] = parts;
    assert.ok(all && all.statusWrites >= 20 && all.answers > 0, output);
    assert.ok(
      route && route.statusWrites === 2 && route.statusRequests === 2 && route.identical === 0,
      output,
    );
    assert.equal(Cluster.find(`bench-${child.pid}`), undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
