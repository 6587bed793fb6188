import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ScenarioResult } from './measure.ts';

const BENCH = fileURLToPath(new URL('../bench.ts', import.meta.url));

test('the benchmark measures every change of every contender through real Envoys', async () => {
  const { results, envoy, output } = await measured(['--routes', '50', '--samples', '3']);
  assert.match(envoy, /1\.\d+\.\d+/);
  assert.deepEqual(results.map(({ layout }) => layout), ['own-hostnames', 'one-hostname']);
  for (const { changes, cold, memory } of results) {
    assert.deepEqual(changes.map(({ change, contender }) => `${change} by ${contender}`), [
      'route by dragoman',
      'route by rds',
      'route by vhds',
      'EndpointSlice by dragoman',
      'EndpointSlice by vhds',
      'Service port removed by dragoman',
      'Service port added by dragoman',
    ]);
    for (const { own, served, cpu } of changes) {
      assert.equal(own.count, 3);
      assert.ok(own.p50 > 0 && own.p50 < served.p50 && served.p99 < 10_000 && cpu > 0);
    }
    assert.ok(cold.every(({ served, bytesPerHost }) => served > 0 && bytesPerHost > 0));
    assert.ok(memory.rss > memory.heap && memory.heap > 0);
  }
  assert.match(output, /50 routes, one-hostname, 3 samples of each change/);
  assert.match(output, /one EndpointSlice changed: served, p50 +\d+\.\d\d ms +10 ms +(kept|MISSED)/);
});

test('the benchmark measures TCPRoutes and ListenerSets beside routes', async () => {
  const { results } = await measured(['--routes', '20', '--streams', '20', '--samples', '3']);
  const streams = results[0]?.changes.slice(-2) ?? [];
  assert.deepEqual(streams.map(({ change }) => change), ['TCPRoute', 'ListenerSet']);
  for (const { own, served } of streams) assert.ok(own.p50 > 0 && own.p50 < served.p50);
});

test('an interrupted benchmark leaves no process behind', async () => {
  const child = spawn(process.execPath, [BENCH, '--routes', '50', '--samples', '100000'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number]>;
  child.stderr.setEncoding('utf8');
  // Read to the end: a closed pipe would end the benchmark in another way.
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: string) => {
      said += chunk;
      if (said.includes(': route\n')) resolve();
    });
    child.once('exit', () => reject(new Error(`ended by itself: ${said}`)));
  });
  const descendants = await descendantsOf(child.pid ?? 0);
  assert.ok(descendants.length >= 6, `three controllers and three Envoys: ${descendants.join(' ')}`);
  child.kill('SIGINT');
  assert.equal((await exited)[0], 130);
  // Orphans of the guards end at once, but whoever inherits them reaps them in its own time.
  for (let tries = 0; tries < 1_500 && descendants.some(isAlive); tries++) await sleep(20);
  assert.deepEqual(descendants.filter(isAlive), []);
});

test('wrong options are told before anything starts', async () => {
  const { code, output } = await bench(['--routes', 'many']);
  assert.equal(code, 2);
  assert.equal(output, '--routes takes a positive number, not many\n');
});

interface Measured {
  readonly results: readonly ScenarioResult[];
  readonly envoy: string;
  readonly output: string;
}

/** What a run writes, which has to succeed. */
async function measured(args: readonly string[]): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'dragoman-bench-'));
  try {
    const json = join(folder, 'results.json');
    const { code, output } = await bench([...args, '--json', json]);
    assert.equal(code, 0, output);
    return { ...JSON.parse(await readFile(json, 'utf8')) as Omit<Measured, 'output'>, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bench(args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [BENCH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => output += chunk);
  }
  const [code] = await once(child, 'close') as [number];
  return { code, output };
}

async function descendantsOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of children.split(' ').filter(Boolean).map(Number)) {
    found.push(child, ...await descendantsOf(child));
  }
  return found;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
