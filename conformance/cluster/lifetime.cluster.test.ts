import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cluster } from './cluster.ts';
import { eventually, startCluster } from './testing/cluster.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const gone = (pid: number): boolean => !existsSync(`/proc/${pid}`);

test('a cluster ends with what started it, even if that is killed', async () => {
  const name = `killed-${process.pid}`;
  const starter = spawn(process.execPath, [
    MAIN,
    'up',
    '--foreground',
    `--name=${name}`,
    '--channel=none',
  ], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve) => starter.stdout.once('data', () => resolve()));
  const cluster = Cluster.find(name);
  assert.ok(cluster);
  const waits = cluster.spawn(['sleep', '600']);
  const { pid } = waits;
  assert.ok(pid !== undefined);
  starter.kill('SIGKILL');
  await eventually(() => Promise.resolve(Cluster.find(name) === undefined && gone(pid) ? true : undefined), {
    what: 'the end of the cluster and of what ran in it',
  });
});

test('two clusters run side by side, and stopping leaves nothing', async () => {
  const clusters = await Promise.all(
    ['one', 'two'].map((name) => startCluster({ name: `${name}-${process.pid}` })),
  );
  for (const cluster of clusters) {
    assert.equal(await cluster.kubectl(['create', 'namespace', 'same']), 'namespace/same created\n');
  }
  await assert.rejects(startCluster({ name: `one-${process.pid}` }), /is running already/);
  const [first] = clusters;
  const child = first?.spawn(['sleep', '600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = child?.stdout && text(child.stdout);
  for (const cluster of clusters) await cluster.stop();
  await ended;
  for (const { directory } of clusters) assert.ok(!existsSync(directory.path));
});

test('a cluster of the API server alone acts on nothing', async () => {
  await using cluster = await startCluster({ apiServerOnly: true });
  const account = ['get', 'serviceaccount', 'default', '--namespace=alone', '--ignore-not-found'];
  await cluster.kubectl(['create', 'namespace', 'alone']);
  const { logs } = cluster.directory;
  assert.deepEqual(readdirSync(logs).sort(), ['boot.log', 'etcd.log', 'kube-apiserver.log']);
  assert.equal(await cluster.kubectl(account), '');
});
